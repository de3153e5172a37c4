#include "optimize/used_cells.hpp"

#include <utility>

namespace foundation::optimize {

using model::CellRange;
using model::Split;

std::uint64_t UsedCells::unused(const std::vector<CellRange>& ranges) const {
  std::uint64_t count = 0;
  for (const CellRange& range : ranges) {
    const Rows& all = rows(range.split);
    for (std::uint32_t position = range.begin; position < range.end; ++position) {
      const bool known = range.candidate < all.size() && position < all[range.candidate].size();
      if (!known || all[range.candidate][position] == 0) ++count;
    }
  }
  return count;
}

std::vector<CellRange> UsedCells::mark(const std::vector<CellRange>& ranges) {
  std::vector<CellRange> fresh;
  for (const CellRange& range : ranges) {
    Rows& all = range.split == Split::request ? samples_ : train_;
    if (range.candidate >= all.size()) all.resize(range.candidate + 1);
    auto& row = all[range.candidate];
    if (row.size() < range.end) row.resize(range.end, 0);
    for (std::uint32_t position = range.begin; position < range.end; ++position) {
      if (std::exchange(row[position], std::uint8_t{1}) != 0) continue;
      const bool goes_on = !fresh.empty() && fresh.back().split == range.split &&
                           fresh.back().candidate == range.candidate &&
                           fresh.back().end == position;
      if (goes_on) {
        ++fresh.back().end;
      } else {
        fresh.push_back({range.candidate, range.split, position, position + 1});
      }
    }
  }
  return fresh;
}

std::vector<CellRange> UsedCells::ranges(Split split) const {
  const Rows& all = rows(split);
  std::vector<CellRange> ranges;
  for (model::CandidateIndex candidate = 0; candidate < all.size(); ++candidate) {
    const auto& row = all[candidate];
    for (std::uint32_t begin = 0; begin < row.size(); ++begin) {
      if (row[begin] == 0) continue;
      std::uint32_t end = begin;
      while (end < row.size() && row[end] != 0) ++end;
      ranges.push_back({candidate, split, begin, end});
      begin = end;
    }
  }
  return ranges;
}

}  // namespace foundation::optimize
