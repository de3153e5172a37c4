#pragma once

#include <cstdint>
#include <string>

namespace foundation {

enum class ExampleKind { packages, oscillator };

/// "packages" or "oscillator". Throws core::Error{usage} for another name.
[[nodiscard]] ExampleKind parse_example_kind(const std::string& name);

/// The examples of a built-in data set as JSON lines.
struct ExampleData {
  std::string jsonl;
  std::uint64_t count = 0;
};

/// From the package catalogue of this machine (`apt-cache dumpavail`), or from a file that holds
/// such a catalogue if `catalogue` names one. Throws core::Error{bad_input} when there is no
/// catalogue or nothing in it, saying what to do.
[[nodiscard]] ExampleData package_examples(const std::string& catalogue = {});

/// Noisy samples of a damped oscillation.
[[nodiscard]] ExampleData oscillator_examples(std::uint32_t count, std::uint64_t seed);

inline constexpr std::uint32_t default_sample_count = 400;

}  // namespace foundation
