"""The site every route test visits."""

from tests.website_fixtures import site, site_folder

__all__ = ["site", "site_folder"]
