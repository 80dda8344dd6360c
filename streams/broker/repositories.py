"""Fetching locked jars from the Maven repositories that this machine is set up for.

Maven is quicker and follows the user's settings (mirrors, proxies); jgo needs nothing but Python.
The lock names every file, so neither has to work out what depends on what.
"""

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.sax.saxutils import escape

from jgo.maven import MavenContext

from streams.broker.errors import BrokerError
from streams.broker.lock import Jar

_TRIES = 3
_AT_ONCE = 8
_TIMEOUT_SECONDS = 60
_MAVEN_TIMEOUT_SECONDS = 600

_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>detector</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""
_DEPENDENCY = """
    <dependency>
      <groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>"""


def by_maven(jars: Sequence[Jar], folder: Path) -> None:
    """Fetch jars into an empty folder with `mvn`. Raises BrokerError with Maven's own last words."""
    pom = folder.parent / "pom.xml"
    entries = (_DEPENDENCY.format(*map(escape, (jar.group, jar.name, jar.version))) for jar in jars)
    pom.write_text(_POM.format("".join(entries)), encoding="utf-8")
    command = [
        "mvn",
        "-B",
        "-q",
        "-f",
        str(pom),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={folder}",
    ]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_MAVEN_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokerError(f"mvn: {error}") from error
    if done.returncode:
        words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BrokerError("mvn: " + (words[0] if words else f"exit code {done.returncode}"))


def by_jgo(jars: Sequence[Jar], folder: Path) -> None:
    """Fetch jars into an empty folder in pure Python. Raises BrokerError when one can't be had."""
    context = MavenContext(repo_cache=folder.parent / "repository", timeout=_TIMEOUT_SECONDS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for jar, path in zip(jars, pool.map(lambda jar: _download(context, jar), jars), strict=True):
            shutil.move(path, folder / jar.file)


def _download(context: MavenContext, jar: Jar) -> Path:
    artifact = context.project(jar.group, jar.name).at_version(jar.version).artifact()
    for left in reversed(range(_TRIES)):
        try:
            return artifact.resolve()
        except (OSError, RuntimeError) as error:
            # A download that broke off leaves its part behind, which would pass for the whole.
            if artifact.cached_path:
                artifact.cached_path.unlink(missing_ok=True)
            if not left:
                raise BrokerError(f"{jar.group}:{jar.name}:{jar.version}: {error}") from error
    raise AssertionError("unreachable")
