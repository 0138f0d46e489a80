"""Word list: ordinary help titles of many trades, the stand-in for a base that is small.

Vectors are compared around the base's mean; with a handful of articles that mean would be
the articles themselves, so these titles are counted in.
"""

from __future__ import annotations

ANCHOR_WEIGHT = 20.0

ANCHORS = (
    "怎么修改登录密码",
    "忘记密码怎么办",
    "如何更换绑定的手机号",
    "账号被冻结了怎么解冻",
    "怎么注销账户",
    "订单什么时候发货",
    "如何申请退款",
    "退款多久到账",
    "商品有质量问题怎么换货",
    "怎么开具发票",
    "优惠券为什么不能使用",
    "会员积分如何兑换",
    "快递一直没有更新怎么办",
    "设备连不上网络",
    "设备离线后如何恢复",
    "如何恢复出厂设置",
    "固件升级失败",
    "保修期是多久",
    "怎么预约上门安装",
    "如何共享给家人使用",
    "网页打不开提示错误代码",
    "数据如何备份和导出",
    "怎么设置权限和角色",
    "如何查看使用记录",
    "收费标准是什么",
    "怎么取消自动续费",
    "合同到期后如何续签",
    "需要准备哪些材料",
    "办理进度在哪里查询",
    "如何联系人工客服",
    "消息通知收不到",
    "怎么保护个人隐私",
    "如何导入批量数据",
    "接口调用频率限制",
    "支付失败但是扣了钱",
    "银行卡限额怎么调整",
    "课程有效期是多长时间",
    "预订后可以改期吗",
    "流量套餐如何变更",
    "产品有哪些型号和规格",
)
