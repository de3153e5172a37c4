#include "optimize/detail/lineage.hpp"

#include <algorithm>
#include <vector>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::CandidateIndex;
using model::Value;

bool is_same(const Value* a, const Value* b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

/// The candidate and its ancestors, the youngest first.
std::vector<CandidateIndex> line_of(std::span<const model::Candidate> candidates,
                                    CandidateIndex candidate) {
  std::vector<CandidateIndex> line;
  for (; candidate != model::no_candidate; candidate = candidates[candidate].parent) {
    EXPECTS(candidate < candidates.size() && (line.empty() || candidate < line.back()));
    line.push_back(candidate);
  }
  return line;
}

}  // namespace

std::optional<CandidateIndex> common_ancestor(std::span<const model::Candidate> candidates,
                                              CandidateIndex a, CandidateIndex b) {
  const std::vector<CandidateIndex> of_b = line_of(candidates, b);
  for (const CandidateIndex ancestor : line_of(candidates, a)) {
    if (std::ranges::find(of_b, ancestor) == of_b.end()) continue;
    if (ancestor == a || ancestor == b) return std::nullopt;
    return ancestor;
  }
  return std::nullopt;
}

std::optional<Assignment> merged(const Assignment& ancestor, const Assignment& better,
                                 const Assignment& other) {
  Assignment result = better;
  bool is_changed_by_better = false;
  bool is_changed_by_other = false;
  const auto look_at = [&](const std::string& name) {
    const Value* old = ancestor.find(name);
    const Value* own = better.find(name);
    const Value* others = other.find(name);
    if (is_same(own, others)) return;
    if (is_same(others, old)) is_changed_by_better = true;
    if (!is_same(own, old)) return;
    is_changed_by_other = true;
    if (others != nullptr) result.set(name, *others);
  };
  for (const model::Setting& setting : better.settings()) look_at(setting.name);
  for (const model::Setting& setting : other.settings())
    if (better.find(setting.name) == nullptr) look_at(setting.name);
  if (!is_changed_by_better || !is_changed_by_other) return std::nullopt;
  return result;
}

}  // namespace foundation::optimize::detail
