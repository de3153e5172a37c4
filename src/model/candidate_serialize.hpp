#pragma once

#include <cstdint>

#include "core/error.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"

/// `serialize` in the manner of Boost.Serialization, for core's codec and for Boost's archives
/// (the latter also include <boost/serialization/{string,vector}.hpp>).
namespace foundation::model {

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, Demonstrations& demonstrations, unsigned /*version*/) {
  archive & demonstrations.positions;
}

template <class Archive, std::size_t index = 0>
void serialize_alternative(Archive& archive, Value& value, std::uint8_t which) {
  if constexpr (index < std::variant_size_v<Value>) {
    if (which != index) return serialize_alternative<Archive, index + 1>(archive, value, which);
    if constexpr (Archive::is_loading::value) value.emplace<index>();
    archive & std::get<index>(value);
  } else {
    throw core::Error{core::ErrorKind::corrupt_data, "a parameter value has an unknown type"};
  }
}

template <class Archive>
void serialize(Archive& archive, Setting& setting, unsigned /*version*/) {
  archive & setting.name;
  auto which = static_cast<std::uint8_t>(setting.value.index());
  archive & which;
  serialize_alternative(archive, setting.value, which);
}

template <class Archive>
void serialize(Archive& archive, Assignment& assignment, unsigned /*version*/) {
  std::vector<Setting> settings = assignment.settings();
  archive & settings;
  if constexpr (Archive::is_loading::value) assignment = Assignment{std::move(settings)};
}

template <class Archive>
void serialize(Archive& archive, Candidate& candidate, unsigned /*version*/) {
  archive & candidate.index & candidate.parent & candidate.origin & candidate.assignment;
}

template <class Archive>
void serialize(Archive& archive, CellRange& range, unsigned /*version*/) {
  archive & range.candidate & range.split & range.begin & range.end;
}
// clang-format on

}  // namespace foundation::model
