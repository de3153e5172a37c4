#include "optimize/run_evidence.hpp"

#include <algorithm>
#include <tuple>

namespace foundation::optimize {

using model::CandidateIndex;
using model::CellRange;
using model::CellResult;
using model::Split;

std::span<const CellResult> RunEvidence::results(CandidateIndex candidate, std::uint32_t begin,
                                                 std::uint32_t end) const {
  const auto found = store_.results(candidate, begin, end);
  if (!found.empty()) seen_.push_back({candidate, Split::train, begin, end});
  return found;
}

std::string_view RunEvidence::output(CandidateIndex candidate, std::uint32_t position) const {
  if (!store_.is_finished(candidate, Split::train, position)) return {};
  seen_.push_back({candidate, Split::train, position, position + 1});
  return store_.text(candidate, Split::train, position);
}

// Paid for and part of the answer already, as cells of the candidate.
std::span<const CellResult> RunEvidence::validation(const CandidateOutcome& outcome) const {
  return store_.cells(outcome.index, Split::validation).first(outcome.cells);
}

std::optional<std::string_view> RunEvidence::text(const model::TextRequest& request,
                                                  std::uint32_t sample) const {
  const auto index = requests_.find(request);
  if (!index || !store_.is_finished(*index, Split::request, sample)) return std::nullopt;
  seen_.push_back({*index, Split::request, sample, sample + 1});
  return store_.text(*index, Split::request, sample);
}

std::vector<CellRange> RunEvidence::used() const {
  std::vector<CellRange> sorted = seen_;
  std::ranges::sort(sorted, {}, [](const CellRange& it) {
    return std::tuple{it.split, it.candidate, it.begin, it.end};
  });
  std::vector<CellRange> merged;
  for (const CellRange& range : sorted) {
    const bool goes_on = !merged.empty() && merged.back().split == range.split &&
                         merged.back().candidate == range.candidate &&
                         range.begin <= merged.back().end;
    if (goes_on) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

}  // namespace foundation::optimize
