"""The Spack recipe agrees with the CMake files: options, dependencies and their least versions.
Both are read as text; Spack itself is not needed. The argument is the source tree."""

import ast
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])

# Options that are for work on the tree, not for who installs it.
FOR_DEVELOPERS = {"FOUNDATION_HEADER_CHECK", "FOUNDATION_PRECOMPILED_TESTS",
                  "FOUNDATION_WARNINGS_AS_ERRORS", "FOUNDATION_COVERAGE",
                  "FOUNDATION_ONLY_DEPENDENCIES", "FOUNDATION_FUZZ"}
# What comes with every compiler or system, and needs no package of its own.
OF_THE_SYSTEM = {"glibc", "llvm-openmp"}


def parse_spec(spec):
    """("boost", "1.74", {"+serialization"}) from "boost@1.74:+serialization"."""
    name, version, rest = re.fullmatch(r"([a-z0-9-]+)(?:@([\d.]+):)?([+~\w]*)", spec).groups()
    return name, version, set(re.findall(r"[+~]\w+", rest))


class Recipe:
    def __init__(self, text):
        self.variants, self.dependencies, self.defines = {}, {}, {}
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            options = {word.arg: word.value for word in node.keywords}
            if called == "variant":
                self.variants[node.args[0].value] = options["default"].value
            elif called == "depends_on":
                name, version, rest = parse_spec(node.args[0].value)
                kind = options["type"].value if "type" in options else "link"
                self.dependencies[name] = (version, rest, kind)
            elif called in ("define", "define_from_variant"):
                second = node.args[1]
                self.defines[node.args[0].value] = getattr(second, "value", None) \
                    if isinstance(second, ast.Constant) else None


def cmake_options(text):
    """{name: default}; None where the default is computed."""
    found = re.findall(r'^option\((\w+) "[^"]*" (\S+)\)', text, re.MULTILINE)
    found += re.findall(r"^set\((\w+) (AUTO) CACHE STRING", text, re.MULTILINE)
    return {name: {"ON": True, "OFF": False}.get(default) for name, default in found}


def cmake_dependencies(text):
    """{Spack name: (least version or None, variants)}, from the hints and from find_package."""
    wanted = {}
    for package, spec, arguments in re.findall(
            r'foundation_require\((\w+) "([^"]+)" "[^"]*"([^)]*)\)', text):
        name, version, variants = parse_spec(spec)
        number = re.match(r"\s*([\d.]+)", arguments)
        wanted[name] = (version or (number.group(1) if number else None), variants)
        assert not (version and number) or version == number.group(1), package
    if "FOUNDATION_XXHASH_INCLUDE" in text:
        wanted["xxhash"] = (None, set())
    if "FOUNDATION_OTF2_INCLUDE" in text:
        wanted["otf2"] = ("3", set())
    return {name: value for name, value in wanted.items() if name not in OF_THE_SYSTEM}


class Spack(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.recipe = Recipe((SOURCE / "jobscripts/spack/package.py").read_text(encoding="utf-8"))
        cmake = SOURCE / "src/cmake"
        cls.options = cmake_options((cmake / "FoundationOptions.cmake").read_text())
        cls.wanted = cmake_dependencies((cmake / "FoundationDependencies.cmake").read_text())

    def test_something_was_parsed(self):
        self.assertGreater(len(self.options), 5)
        self.assertGreater(len(self.wanted), 8)

    def test_every_option_is_a_variant_or_for_developers(self):
        self.assertEqual(set(self.recipe.defines), set(self.options) - FOR_DEVELOPERS)

    def test_variants_have_the_defaults_of_the_options(self):
        named = {define: variant for define, variant in self.recipe.defines.items() if variant}
        self.assertEqual(set(named.values()), set(self.recipe.variants))
        for define, variant in named.items():
            default = self.options[define]
            if default is not None:
                self.assertEqual(self.recipe.variants[variant], default, define)

    def test_dependencies_are_those_of_cmake(self):
        build_tools = {name for name, (_, _, kind) in self.recipe.dependencies.items()
                       if kind == "build"}
        self.assertEqual(build_tools, {"c", "cxx", "cmake", "ninja"})
        tests_only = {"python"}  # CMake asks for any python3
        self.assertEqual(set(self.recipe.dependencies) - build_tools - tests_only,
                         set(self.wanted))
        for name, (version, variants) in self.wanted.items():
            declared, rest, _ = self.recipe.dependencies[name]
            self.assertEqual(declared, version, name)
            self.assertLessEqual(variants, rest, name)

    def test_the_least_cmake(self):
        top = (SOURCE / "CMakeLists.txt").read_text()
        least = re.search(r"cmake_minimum_required\(VERSION ([\d.]+)\)", top).group(1)
        self.assertEqual(self.recipe.dependencies["cmake"][0], least)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
