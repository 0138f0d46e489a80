"""The letter that asks whether an address is its account's."""

PROVE_SUBJECT = "请确认您在{site}的邮箱"
PROVE_BODY = (
    "您好，{name}：\n\n有人（应该是您）用这个邮箱在{site}注册了账号。"
    "请在三天内打开下面的链接，登录后确认：\n\n{link}\n\n"
    "确认之前不会给您发订阅邮件。如果不是您，请忽略这封邮件，不用做任何事。\n\n{site}\n"
)
