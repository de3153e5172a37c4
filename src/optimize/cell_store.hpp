#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/cell.hpp"
#include "model/text_request.hpp"
#include "optimize/text_store.hpp"

namespace foundation::optimize {

/// Results of every cell of a campaign, dense by candidate and split: 33 bytes a cell. A cell is
/// pending, requested (somebody will evaluate it) or finished; it is finished once: the first
/// result wins. Samples of text requests are cells of rows of their own. The text of the result
/// that wins is kept with it where a strategy may read it.
class CellStore {
 public:
  /// `sizes`: cells (examples x trials) of each split.
  explicit CellStore(std::array<std::uint32_t, model::split_count> sizes, bool keeps_texts = false)
      : sizes_{sizes}, texts_{keeps_texts} {}

  [[nodiscard]] std::uint32_t size_of(model::Split split) const noexcept {
    return split == model::Split::request ? model::most_samples
                                          : sizes_[static_cast<std::size_t>(split)];
  }
  /// The parts of `range` that nobody has requested yet, appended to `fresh`; all of it is
  /// requested from now on.
  void request(const model::CellRange& range, std::vector<model::CellRange>& fresh);
  /// Stores results for cells begin, begin + 1, ...; a final status finishes the cell, any other
  /// leaves it pending. `texts`: empty, or one a cell. Returns how many cells were finished by this
  /// call.
  std::uint32_t finish(const model::CellRange& range, std::span<const model::CellResult> results,
                       std::span<const std::string> texts = {});

  [[nodiscard]] bool is_finished(model::CandidateIndex candidate, model::Split split,
                                 std::uint32_t position) const noexcept;
  /// Every cell of the range is.
  [[nodiscard]] bool is_finished(const model::CellRange& range) const noexcept;
  /// Length of the finished prefix.
  [[nodiscard]] std::uint32_t finished_prefix(model::CandidateIndex candidate,
                                              model::Split split) const noexcept;
  /// All cells that exist so far, finished or not (status pending); may be shorter than the split.
  [[nodiscard]] std::span<const model::CellResult> cells(model::CandidateIndex candidate,
                                                         model::Split split) const noexcept;
  [[nodiscard]] std::uint64_t finished() const noexcept { return finished_; }
  [[nodiscard]] std::uint64_t requested() const noexcept { return requested_; }

  /// Train cells [begin, end), or an empty span unless every one of them is finished.
  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex candidate,
                                                           std::uint32_t begin,
                                                           std::uint32_t end) const;
  /// What was written in a finished cell of train or in a sample, if a strategy reads texts; empty
  /// where it failed: how a failure is told may depend on chance.
  [[nodiscard]] std::string_view text(model::CandidateIndex candidate, model::Split split,
                                      std::uint32_t position) const noexcept {
    return texts_.get(candidate, split, position);
  }

 private:
  struct Row {
    std::vector<model::CellResult> cells;
    std::vector<std::uint8_t> requested;
    std::uint32_t prefix = 0;
  };
  [[nodiscard]] const Row* find(model::CandidateIndex candidate, model::Split split) const noexcept;
  Row& row(const model::CellRange& range);

  std::array<std::uint32_t, model::split_count> sizes_;
  std::vector<std::array<Row, model::split_count>> rows_;
  std::vector<Row> samples_;  ///< by request
  TextStore texts_;
  std::uint64_t finished_ = 0;
  std::uint64_t requested_ = 0;
};

}  // namespace foundation::optimize
