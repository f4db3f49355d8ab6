"""Makes the shipped English text from the docstrings of Python's standard library.

``python resources/datasets/build_library.py`` writes ``library.text``: paragraphs of plain prose, one a
line. Another version of Python gives another text, so it is made once and shipped.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

MODULES = """
abc argparse ast asyncio base64 bisect calendar codecs collections concurrent.futures configparser
contextlib copy csv ctypes dataclasses datetime decimal difflib dis email enum fileinput fnmatch
fractions ftplib functools gettext glob gzip hashlib heapq hmac html http.client http.cookies
imaplib inspect io ipaddress itertools json linecache locale logging logging.handlers mailbox math
mimetypes multiprocessing numbers operator optparse os os.path pathlib pdb pickle pickletools
pkgutil platform plistlib poplib pprint profile pstats queue quopri random re reprlib sched secrets
select selectors shelve shlex shutil signal smtplib socket socketserver sqlite3 ssl statistics
string struct subprocess symtable tarfile tempfile textwrap threading timeit tokenize trace
traceback tracemalloc turtle types typing unittest unittest.mock urllib.parse urllib.request
urllib.robotparser uuid warnings wave weakref webbrowser wsgiref xml.dom.minidom
xml.etree.ElementTree xml.sax xmlrpc.client zipfile zipimport zlib
"""

MARKS = ("   ", "\t", "- ", "* ", ".. ", ":")


def docstrings(module: ModuleType) -> Iterator[str]:
    """Those of a module, of its classes and functions, and of their methods."""
    yield module.__doc__ or ""
    for name, value in sorted(vars(module).items()):
        is_own = getattr(value, "__module__", module.__name__) == module.__name__
        if name.startswith("_") or not is_own or isinstance(value, (int, str, tuple, dict, list)):
            continue
        yield getattr(value, "__doc__", "") or ""
        for key, member in sorted(vars(value).items()) if inspect.isclass(value) else ():
            function = getattr(member, "__func__", member)
            if not key.startswith("_") and (callable(function) or isinstance(function, property)):
                yield getattr(function, "__doc__", "") or ""


def paragraphs(text: str) -> Iterator[str]:
    """Those of plain ASCII prose: whole sentences, mostly letters."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.splitlines()
        if ">>>" in paragraph or any(line.startswith(MARKS) for line in lines):
            continue
        plain = " ".join(paragraph.split())
        letters = sum(letter.isalpha() or letter == " " for letter in plain)
        is_prose = 60 <= len(plain) <= 900 and plain[0].isupper() and plain[-1] in ".!?"
        if is_prose and plain.isascii() and letters >= 0.9 * len(plain):
            yield plain


def build(folder: Path) -> None:
    """Writes ``library.text``."""
    found: dict[str, None] = {}
    for name in MODULES.split():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(name)
        for text in docstrings(module):
            found |= dict.fromkeys(paragraphs(text))
    (folder / "library.text").write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(Path(__file__).parent)
