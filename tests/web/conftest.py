"""The site every route test visits."""

from tests.website_fixtures import quick_hashes, site, site_folder

__all__ = ["quick_hashes", "site", "site_folder"]
