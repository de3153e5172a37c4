#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "model/candidate.hpp"

namespace foundation::model {

/// The three parts of a trainset: candidates draw demonstrations from train, are chosen on
/// validation, and the winner is measured once on test. The samples of text requests are cells
/// beside them: there, a range's `candidate` is the index of the request (text_request.hpp).
enum class Split : std::uint8_t { train, validation, test, request };
/// Parts of the trainset.
inline constexpr int split_count = 3;
/// Is this one of the values above? For what was read.
[[nodiscard]] constexpr bool is_known(Split split) noexcept { return split <= Split::request; }
[[nodiscard]] std::string_view name_of(Split split) noexcept;

/// How a cell ended. Values are written to journals and HDF5: never renumber.
enum class CellStatus : std::int8_t {
  pending = -1,        ///< not evaluated yet
  ok = 0,              ///< a valid answer, scored in full
  wrong = 1,           ///< a valid answer that the metric scored as wrong
  invalid_output = 2,  ///< the program answered something the metric cannot read, or NaN
  timeout = 3,
  crashed = 4,
  out_of_memory = 5,
  rate_limited = 6,  ///< infrastructure: retried, never scored
  lost = 7,          ///< infrastructure: retried, never scored
  blocked = 8,       ///< no cell can be evaluated any more (a budget is spent, the endpoints of a
                     ///< model are gone): the run stops and can be continued; never scored
};
[[nodiscard]] std::string_view name_of(CellStatus status) noexcept;
/// The program's own answer or failure, which counts; the others are retried.
[[nodiscard]] constexpr bool is_final(CellStatus status) noexcept {
  return status >= CellStatus::ok && status <= CellStatus::out_of_memory;
}

/// Outcome of one cell as it travels and is stored: fixed layout, part of the journal format.
struct CellResult {
  double score = std::numeric_limits<double>::quiet_NaN();  ///< metric's value; NaN if none
  double cost = std::numeric_limits<double>::quiet_NaN();   ///< as the program says; NaN: unknown
  std::uint64_t output = 0;            ///< core::hash_text of the program's output text
  std::uint64_t duration_us : 48 = 0;  ///< time the answer took; not part of the answer
  CellStatus status = CellStatus::pending;
  std::uint8_t attempts = 0;  ///< deliveries it took; not part of the answer
};
inline constexpr std::uint64_t longest_duration_us = (std::uint64_t{1} << 48U) - 1;
static_assert(sizeof(CellResult) == 32 && std::is_trivially_copyable_v<CellResult>);

/// Cells [begin, end) of a candidate on one split. Position p stands for example p / trials of
/// the split's fixed order and trial p % trials; on `request`, for sample p.
struct CellRange {
  CandidateIndex candidate = no_candidate;
  Split split = Split::validation;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] std::uint32_t size() const noexcept { return end - begin; }
  bool operator==(const CellRange&) const = default;
};

}  // namespace foundation::model
