#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "model/value.hpp"

namespace foundation::model {

/// Index of a candidate: its place in the sequence of proposals. 0 is the baseline.
using CandidateIndex = std::uint32_t;
inline constexpr CandidateIndex no_candidate = 0xFFFFFFFFU;

struct Setting {
  std::string name;
  Value value;
  bool operator==(const Setting&) const = default;
};

/// Values of the active parameters of a space, in the order of the space. A parameter whose
/// condition does not hold is absent.
class Assignment {
 public:
  Assignment() = default;
  explicit Assignment(std::vector<Setting> settings) : settings_{std::move(settings)} {}

  [[nodiscard]] const std::vector<Setting>& settings() const noexcept { return settings_; }
  /// Null when the parameter is inactive or unknown.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;
  /// Adds at the end or replaces.
  void set(std::string_view name, Value value);

  /// The value of an active parameter; a missing one or another type is our bug (contract).
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// Empty when the parameter is absent.
  [[nodiscard]] const Demonstrations& demonstrations(std::string_view name) const;

  bool operator==(const Assignment&) const = default;

 private:
  std::vector<Setting> settings_;
};

/// One version of the program under optimisation.
struct Candidate {
  CandidateIndex index = no_candidate;
  CandidateIndex parent = no_candidate;
  std::string origin;  ///< how it came about, for people: "labelled few-shot", "bootstrap of 12"
  Assignment assignment;
  bool operator==(const Candidate&) const = default;
};

/// Digest of what defines the candidate's behaviour: names and values, not index or origin.
[[nodiscard]] core::Digest digest(const Assignment& assignment);

/// "rule=naive_bayes, smoothing=0.5": only what differs from `base` (everything without one).
[[nodiscard]] std::string describe(const Assignment& assignment, const Assignment* base = nullptr);

}  // namespace foundation::model
