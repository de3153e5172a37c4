#include "optimize/detail/enumerated_search.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::optimize::detail {
namespace {

/// Points looked at for one proposal: about a second.
constexpr std::uint64_t most_steps = 100'000;

}  // namespace

EnumeratedSearch::EnumeratedSearch(const StrategyOptions& options, StrategyInput input,
                                   const char* origin)
    : ProposalSequence{options, std::move(input)}, origin_{origin}, cube_{space()} {}

Reply EnumeratedSearch::own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                     const Evidence& /*evidence*/) const {
  std::uint64_t place = place_;
  std::optional<model::Assignment> found = next(index, place);
  if (!found) return Exhausted{};
  return model::Candidate{.index = index, .origin = origin_, .assignment = std::move(*found)};
}

void EnumeratedSearch::own_accepted(const model::Candidate& candidate, std::uint32_t /*own*/) {
  if (next(candidate.index, place_)) ++place_;
}

/// The first new point from `place` on, which is left there.
std::optional<model::Assignment> EnumeratedSearch::next(std::uint32_t index,
                                                        std::uint64_t& place) const {
  bool any_new = false;
  for (std::uint64_t steps = 0; steps < most_steps; ++steps, ++place) {
    if (place >= size()) return std::nullopt;
    std::optional<model::Assignment> point = point_at(place);
    if (!point) continue;
    model::Assignment filled = with_demonstrations_for(index, std::move(*point));
    if (is_accepted(filled)) continue;
    if (space().problem_of(filled).empty()) return filled;
    any_new = true;
  }
  if (!any_new) return std::nullopt;
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("strategy '{}' finds no point that satisfies the constraints among "
                                "{} in a row",
                                options().kind, most_steps),
                    advice()};
}

}  // namespace foundation::optimize::detail
