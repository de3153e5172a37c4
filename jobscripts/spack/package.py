# Spack recipe of Foundation. In a repository of your own (`spack repo create`), as
# packages/foundation/package.py; or for a clone of the sources: `spack dev-build foundation@main`.
# tests/packaging/spack_test.py compares it with the CMake files.
from spack.package import *


class Foundation(CMakePackage):
    """Distributed optimisation of programs over a trainset on HPC batch systems."""

    license("BSD-3-Clause")

    version("main")

    variant("contracts", default=True, description="Check contracts at run time")
    variant("hardening", default=True, description="Stack protector, checked libc calls, RELRO")
    variant("lm", default=True, description="Programs that ask language models")
    variant("otf2", default=False, description="Export traces as OTF2")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")

    depends_on("openmpi@4:")
    depends_on("hdf5@1.10:+hl~mpi")
    depends_on("boost@1.74:+serialization")
    depends_on("cli11@2.1:")
    depends_on("tomlplusplus@3:")
    depends_on("nlohmann-json@3.9:")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10:+fmt_external")
    depends_on("openssl@1.1.1:")
    depends_on("curl@7.68:", when="+lm")
    depends_on("xxhash")
    depends_on("zlib")
    depends_on("otf2@3:", when="+otf2")

    depends_on("googletest@1.12:+gmock", type="test")
    depends_on("python@3.8:", type="test")

    conflicts("%gcc@:11", msg="needs C++20 as g++ 12 has it")
    conflicts("%clang@:13", msg="needs C++20 as clang++ 14 has it")

    generator("ninja")

    def cmake_args(self):
        return [
            self.define_from_variant("FOUNDATION_CONTRACTS", "contracts"),
            self.define_from_variant("FOUNDATION_HARDENING", "hardening"),
            self.define_from_variant("FOUNDATION_LM", "lm"),
            self.define_from_variant("FOUNDATION_OTF2", "otf2"),
            self.define("FOUNDATION_BUILD_TESTS", self.run_tests),
        ]
