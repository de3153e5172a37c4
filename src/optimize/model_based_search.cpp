#include "optimize/detail/model_based_search.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

/// Point `number` of a Latin hypercube of `count` points: each of `count` equal intervals of an
/// axis holds one of them.
std::vector<double> latin_hypercube_point(std::uint64_t seed, std::uint32_t count,
                                          std::uint32_t number, std::size_t dimension) {
  EXPECTS(number < count);
  std::vector<double> point;
  std::vector<std::uint32_t> intervals(count);
  core::Stream within{seed, core::Purpose::explore, 0, number, 1};
  for (std::size_t axis = 0; axis < dimension; ++axis) {
    core::Stream order{seed, core::Purpose::explore, 0, static_cast<std::uint32_t>(axis)};
    std::iota(intervals.begin(), intervals.end(), 0U);
    order.shuffle(std::span{intervals});
    point.push_back((intervals[number] + within.uniform()) / static_cast<double>(count));
  }
  return point;
}

}  // namespace

ModelBasedSearch::ModelBasedSearch(const StrategyOptions& options, StrategyInput input,
                                   std::string_view origin)
    : ProposalSequence{options, std::move(input)}, origin_{origin}, cube_{space()} {}

void ModelBasedSearch::tell(const CandidateOutcome& outcome) {
  EXPECTS(outcome.index < accepted().size());
  is_told_.resize(std::max<std::size_t>(is_told_.size(), outcome.index + 1));
  is_told_[outcome.index] = true;
  while (all_told_ < is_told_.size() && is_told_[all_told_]) ++all_told_;
  const auto rank = [this](const Observation& seen) {
    const CandidateOutcome& told = seen.outcome;
    const double loss = !told.valid ? 0 : input().maximise ? -told.score : told.score;
    return std::tuple{!told.valid, -std::int64_t{told.cells}, loss, told.index};
  };
  Observation seen{.candidate = outcome.index,
                   .point = point_of(accepted()[outcome.index].assignment),
                   .outcome = outcome};
  const auto place = std::ranges::upper_bound(told_, rank(seen), std::ranges::less{}, rank);
  const auto row = static_cast<std::size_t>(place - told_.begin());
  told_.insert(place, std::move(seen));
  told_at(row);
}

std::vector<Observation> ModelBasedSearch::under_way() const {
  std::vector<Observation> found;
  for (const model::Candidate& candidate : std::span{accepted()}.subspan(all_told_)) {
    if (candidate.index < is_told_.size() && is_told_[candidate.index]) continue;
    found.push_back({.candidate = candidate.index,
                     .point = point_of(candidate.assignment),
                     .outcome = {.index = candidate.index}});
  }
  return found;
}

std::vector<double> ModelBasedSearch::point_of(const model::Assignment& assignment) const {
  std::vector<double> point;
  point.reserve(cube_.dimension());
  for (const Axis& axis : cube_.axes()) {
    const model::Value* value = assignment.find(axis.name());
    point.push_back(value != nullptr ? axis.coordinate_of(*value) : absent);
  }
  return point;
}

bool ModelBasedSearch::is_allowed(const model::Assignment& assignment) const {
  return space().constraints().empty() || space().problem_of(assignment).empty();
}

// A proposal asked for ahead of its time does not count, and there is nothing it would need.
Reply ModelBasedSearch::own_proposal(std::uint32_t index, std::uint32_t own,
                                     const Evidence& /*evidence*/) const {
  if (index > accepted().size()) return model::Candidate{};
  if (own < options().startup) {
    return first_new(index, model::no_candidate, "startup", [&](std::uint32_t attempt) {
      return attempt == 0 ? startup_point(index, own) : uniform(index, attempt);
    });
  }
  const std::vector<Draft> made = drafts(index);
  std::uint32_t tried = 0;
  Reply reply = first_new(index, model::no_candidate, origin_, [&](std::uint32_t attempt) {
    tried = attempt;
    return attempt < made.size() ? made[attempt].assignment : uniform(index, attempt);
  });
  auto* candidate = std::get_if<model::Candidate>(&reply);
  if (candidate != nullptr && tried < made.size()) candidate->parent = made[tried].parent;
  return reply;
}

model::Assignment ModelBasedSearch::startup_point(std::uint32_t index, std::uint32_t own) const {
  const auto point =
      latin_hypercube_point(options().seed, options().startup, own, cube_.dimension());
  core::Stream stream{options().seed, core::Purpose::sample, index};
  model::Assignment assignment =
      space().with_drawn_demonstrations(cube_.to_assignment(point), stream, input().train_size);
  return is_allowed(assignment) ? assignment : space().sample(stream, input().train_size);
}

model::Assignment ModelBasedSearch::uniform(std::uint32_t index, std::uint32_t attempt) const {
  core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
  return space().sample(stream, input().train_size);
}

}  // namespace foundation::optimize::detail
