#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/definitions.hpp"

/// What the program itself calls its regions, counters and marks.
namespace foundation::trace {

/// Of a text, so much is kept.
inline constexpr std::size_t name_limit = 2000;
inline constexpr std::size_t file_limit = 1500;
inline constexpr std::size_t unit_limit = 500;

inline constexpr std::uint32_t no_name = 0xFFFFFFFFU;

/// The id of a name: the same for the same role, name and unit, whoever
/// asks; file and line are those of the first. Of a name that is known, this is a look into a
/// table: no lock, no system call. 0 if there is no recorder; `no_name` if there are no ids left or
/// no room (counted).
[[nodiscard]] std::uint32_t id_of_name(RegionRole role, const char* name, const char* unit,
                                       const char* file, std::uint32_t line) noexcept;

}  // namespace foundation::trace
