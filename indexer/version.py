"""What an index must have been built with to be read by this code."""

from __future__ import annotations

FORMAT_VERSION = "4"
ANALYSIS_VERSION = "2"
INDEX_IDENTITY = f"format-{FORMAT_VERSION}/analysis-{ANALYSIS_VERSION}"
