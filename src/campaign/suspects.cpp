#include "campaign/suspects.hpp"

#include <algorithm>

#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::campaign {

using model::CandidateIndex;
using model::CellRange;
using model::Split;

void Suspects::add(const CellRange& range) {
  EXPECTS(range.begin < range.end);
  if (FOUNDATION_MUTATION(suspicion_forgotten)) return;
  held_[{range.candidate, range.split}].push_back({range.begin, range.end});
}

bool Suspects::convict(CandidateIndex candidate, Split split, std::uint32_t position) {
  if (split == Split::request) return requests_.insert(candidate).second;
  const Example example{split, position / trials_};
  if (candidates_.contains(candidate) || examples_.contains(example)) return false;
  candidates_.insert(candidate);
  examples_.insert(example);
  return true;
}

bool Suspects::contains(CandidateIndex candidate, Split split, std::uint32_t position) const {
  const bool convicted =
      split == Split::request
          ? requests_.contains(candidate)
          : candidates_.contains(candidate) || examples_.contains({split, position / trials_});
  if (convicted) return true;
  const auto row = held_.find({candidate, split});
  return row != held_.end() && std::ranges::any_of(row->second, [position](const Span& span) {
           return span.begin <= position && position < span.end;
         });
}

std::vector<Suspects::Part> Suspects::sort(const CellRange& range) const {
  if (held_.empty()) return {{range, Place::in_process}};  // without suspects nobody is convicted
  std::vector<Part> parts;
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    const Place place =
        contains(range.candidate, range.split, position) ? Place::in_child : Place::in_process;
    if (parts.empty() || parts.back().place != place)
      parts.push_back({{range.candidate, range.split, position, position}, place});
    parts.back().range.end = position + 1;
  }
  return parts;
}

}  // namespace foundation::campaign
