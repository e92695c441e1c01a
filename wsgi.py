"""The WSGI entry point: any WSGI server can serve `wsgi:app`."""

from reviewdesk import create_app
from reviewdesk.embedded import with_servers
from reviewdesk.settings import load_settings

app = create_app(with_servers(load_settings()))
