"""The examples that tined-dev installs, built against what else it installs: what its users do."""

import os
import pathlib
import subprocess


def build_examples(package, work, modules):
    """Unpacks `package` (a .deb) into `work` and leaves the examples' shared objects in
    `modules`."""
    tree = work / "sdk"
    subprocess.run(["rm", "-rf", tree], check=True)
    subprocess.run(["dpkg-deb", "--extract", package, tree], check=True)
    examples = tree / "usr/share/doc/tined-dev/examples"
    environment = os.environ | {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache",
                                "CMAKE_PREFIX_PATH": str(tree / "usr")}
    for command in (["cmake", "-S", examples, "-B", tree / "build", "-G", "Ninja",
                     "-DCMAKE_BUILD_TYPE=RelWithDebInfo"],
                    ["cmake", "--build", tree / "build"]):
        made = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if made.returncode != 0:
            raise RuntimeError("the examples cannot be built from the package:\n" + made.stdout)
    modules.mkdir(parents=True)
    for library in pathlib.Path(tree / "build").rglob("*.so"):
        library.rename(modules / library.name)
