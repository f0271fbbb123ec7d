"""Which sources are the pure cores: those of the libraries that the simulation links."""
import re

# The folder of a CMakeLists.txt, the library in it, and what of the library is no core: it speaks gRPC.
LIBRARIES = {
    "router": [("services/router", "parley_router_core", ())],
    "gateway": [
        ("services/gateway", "parley_gateway_session", ()),
        ("services/gateway/feed", "parley_gateway_feed", ()),
        ("services/gateway/presence", "parley_gateway_presence",
         ("presence_questions.cc", "replicas.cc", "roster_stream.cc")),
    ],
    "presence": [("services/presence", "parley_presence_core", ())],
}


def listed(root, folder, library):
    """The sources of a library, as its CMakeLists.txt names them."""
    text = (root / folder / "CMakeLists.txt").read_text()
    found = re.search(rf"add_library\({library} STATIC(.*?)\)", text, re.DOTALL)
    if not found:
        raise SystemExit(f"{folder}/CMakeLists.txt has no library {library}")
    return found.group(1).split()


def sources(root):
    """Paths from the root by core. A header belongs to it if it stands beside a source of the core and is not that of
    another source."""
    cores = {}
    for core, libraries in LIBRARIES.items():
        paths = {(root / folder / name).relative_to(root)
                 for folder, library, shells in libraries
                 for name in listed(root, folder, library) if name not in shells}
        for folder in {path.parent for path in paths}:
            for header in (root / folder).glob("*.h"):
                source = (folder / header.name).with_suffix(".cc")
                if source in paths or not (root / source).is_file():
                    paths.add(folder / header.name)
        cores[core] = paths
    return cores
