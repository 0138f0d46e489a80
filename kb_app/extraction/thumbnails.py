"""A picture made small, by Pillow where it is installed. Child side; a bomb is refused unread."""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

WHITE = (255, 255, 255)
# With what those import only when a picture makes them.
PARTS = (
    "GifImagePlugin", "JpegImagePlugin", "MpoImagePlugin", "PngImagePlugin", "WebPImagePlugin",
    "TiffImagePlugin", "BmpImagePlugin", "PpmImagePlugin", "ExifTags", "ImageOps", "ImagePalette",
    "ImageSequence", "ImageChops", "ImageMath", "JpegPresets", "ImageCms",
)  # fmt: skip
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
QUALITY = 82
SMALLEST = 16


def preload() -> bool:
    """Load every decoder now – a confined process opens no files later; False without Pillow."""
    try:
        for name in PARTS:
            import_module(f"PIL.{name}")
    except ImportError:
        return False
    from PIL import Image

    Image.preinit()
    Image.new("RGB", (1, 1)).save(io.BytesIO(), "WEBP")
    return True


def thumbnail(source: BinaryIO, width: int, most_pixels: int) -> bytes:
    """The first frame, upright, on white, `width` wide, as WebP; nothing when it is that small."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = most_pixels
    source.seek(0)
    try:
        with Image.open(source, formats=FORMATS) as opened:
            if opened.width * opened.height > most_pixels or min(opened.size) < SMALLEST:
                return b""
            opened.draft("RGB", (width * 2, width * 2))
            upright = ImageOps.exif_transpose(opened)
            if upright.width <= width:
                return b""
            height = max(1, round(upright.height * width / upright.width))
            small = _on_white(upright).resize((width, height), Image.Resampling.LANCZOS)
            made = io.BytesIO()
            small.save(made, "WEBP", quality=QUALITY)
            return made.getvalue()
    except (OSError, SyntaxError, ValueError, KeyError, IndexError, Image.DecompressionBombError,
            Image.DecompressionBombWarning, OverflowError, ZeroDivisionError):  # fmt: skip
        return b""


def _on_white(picture: Image.Image) -> Image.Image:
    """Colours alone: what is see-through shows white paper."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    paper = Image.new("RGB", clear.size, WHITE)
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper
