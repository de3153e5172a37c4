#include "optimize/cell_store.hpp"

#include <algorithm>

#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::optimize {

using model::CandidateIndex;
using model::CellRange;
using model::CellResult;
using model::Split;

const CellStore::Row* CellStore::find(CandidateIndex candidate, Split split) const noexcept {
  if (split == Split::request) return candidate < samples_.size() ? &samples_[candidate] : nullptr;
  if (candidate >= rows_.size()) return nullptr;
  return &rows_[candidate][static_cast<std::size_t>(split)];
}

CellStore::Row& CellStore::row(const CellRange& range) {
  EXPECTS(range.begin <= range.end && range.end <= size_of(range.split));
  EXPECTS(range.candidate != model::no_candidate);
  const bool is_sample = range.split == Split::request;
  if (is_sample && range.candidate >= samples_.size()) samples_.resize(range.candidate + 1);
  if (!is_sample && range.candidate >= rows_.size()) rows_.resize(range.candidate + 1);
  Row& row = is_sample ? samples_[range.candidate]
                       : rows_[range.candidate][static_cast<std::size_t>(range.split)];
  if (row.cells.size() < range.end) {
    row.cells.resize(range.end);
    row.requested.resize(range.end, 0);
  }
  return row;
}

void CellStore::request(const CellRange& range, std::vector<CellRange>& fresh) {
  Row& target = row(range);
  const auto is_fresh = [&target](std::uint32_t position) {
    if (FOUNDATION_MUTATION(resume_requests_finished_cells)) return true;
    return target.requested[position] == 0 && !model::is_final(target.cells[position].status);
  };
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    if (!is_fresh(position)) continue;
    const std::uint32_t begin = position;
    while (position < range.end && is_fresh(position)) target.requested[position++] = 1;
    fresh.push_back({range.candidate, range.split, begin, position});
    requested_ += position - begin;
  }
}

std::uint32_t CellStore::finish(const CellRange& range, std::span<const CellResult> results,
                                std::span<const std::string> texts) {
  EXPECTS(results.size() == range.size());
  EXPECTS(texts.empty() || texts.size() == results.size());
  Row& target = row(range);
  std::uint32_t fresh = 0;
  for (std::uint32_t i = 0; i < range.size(); ++i) {
    CellResult& cell = target.cells[range.begin + i];
    if (model::is_final(cell.status) || !model::is_final(results[i].status)) continue;
    cell = results[i];
    ++fresh;
    const bool is_told = cell.output != 0 && !texts.empty();  // a failure has no digest
    if (is_told) texts_.put(range.candidate, range.split, range.begin + i, texts[i]);
    if (target.requested[range.begin + i] == 0) {  // restored from a journal, never requested here
      target.requested[range.begin + i] = 1;
      ++requested_;
    }
  }
  while (target.prefix < target.cells.size() && model::is_final(target.cells[target.prefix].status))
    ++target.prefix;
  finished_ += fresh;
  return fresh;
}

bool CellStore::is_finished(CandidateIndex candidate, Split split,
                            std::uint32_t position) const noexcept {
  const Row* found = find(candidate, split);
  return found != nullptr && position < found->cells.size() &&
         model::is_final(found->cells[position].status);
}

bool CellStore::is_finished(const CellRange& range) const noexcept {
  for (std::uint32_t position = range.begin; position < range.end; ++position)
    if (!is_finished(range.candidate, range.split, position)) return false;
  return true;
}

std::uint32_t CellStore::finished_prefix(CandidateIndex candidate, Split split) const noexcept {
  const Row* found = find(candidate, split);
  return found == nullptr ? 0 : found->prefix;
}

std::span<const CellResult> CellStore::cells(CandidateIndex candidate, Split split) const noexcept {
  const Row* found = find(candidate, split);
  return found == nullptr ? std::span<const CellResult>{} : std::span{found->cells};
}

std::span<const CellResult> CellStore::results(CandidateIndex candidate, std::uint32_t begin,
                                               std::uint32_t end) const {
  const auto all = cells(candidate, Split::train);
  if (begin >= end || end > all.size()) return {};
  const auto part = all.subspan(begin, end - begin);
  const bool complete = std::ranges::all_of(
      part, [](const CellResult& cell) { return model::is_final(cell.status); });
  return complete || FOUNDATION_MUTATION(unfinished_evidence) ? part
                                                              : std::span<const CellResult>{};
}

}  // namespace foundation::optimize
