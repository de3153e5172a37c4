#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace foundation::model {

/// Worked examples shown to a program, as positions in the job's fixed order of the train split.
struct Demonstrations {
  std::vector<std::uint32_t> positions;
  bool operator==(const Demonstrations&) const = default;
};

/// Value of one parameter: real, integer, boolean, text (also a category's name), demonstrations.
using Value = std::variant<double, std::int64_t, bool, std::string, Demonstrations>;

/// The value as people read it: `0.25`, `12`, `true`, `naive_bayes`, `[96 demonstrations]`.
[[nodiscard]] std::string to_string(const Value& value);

}  // namespace foundation::model
