#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace foundation::programs {

/// Reads a Debian package catalogue (the output of `apt-cache dumpavail`) and writes one JSON
/// line a package: {"id": package, "description": one line, "section": class}, for the twelve
/// sections games, science, sound, graphics, mail, web, net, editors, database, math, admin and
/// text (area prefixes such as "contrib/" are dropped, other sections left out). Records with a
/// description already seen are dropped. Sorted by package name. Returns the number written.
std::uint64_t write_package_examples(std::istream& catalogue, std::ostream& jsonl);

/// Writes `count` noisy samples of a damped oscillation as JSON lines {"id", "t", "y"}.
void write_oscillator_examples(std::ostream& jsonl, std::uint32_t count, std::uint64_t seed);

}  // namespace foundation::programs
