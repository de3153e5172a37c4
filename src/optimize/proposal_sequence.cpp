#include "optimize/detail/proposal_sequence.hpp"

#include <algorithm>

#include "core/contracts.hpp"
#include "model/positions.hpp"

namespace foundation::optimize::detail {
std::uint32_t labelled_count(const model::Parameter& parameter, std::uint32_t wanted,
                             std::uint32_t taken, std::uint32_t train_size) {
  const auto low = static_cast<std::uint32_t>(parameter.low);
  const auto high = static_cast<std::uint32_t>(parameter.high);
  EXPECTS(taken <= high && taken <= train_size);
  const std::uint32_t least = low > taken ? low - taken : 0;
  const std::uint32_t within = std::clamp(wanted, least, high - taken);
  return std::min(within, train_size - taken);
}

std::vector<const model::Parameter*> demonstrations_of(const model::Space& space) {
  std::vector<const model::Parameter*> found;
  for (const model::Parameter& parameter : space.parameters())
    if (parameter.kind == model::ParameterKind::demonstrations) found.push_back(&parameter);
  return found;
}

ProposalSequence::ProposalSequence(const StrategyOptions& options, StrategyInput input)
    : options_{options}, input_{std::move(input)} {}

Reply ProposalSequence::ask(std::uint32_t index, const Evidence& evidence) const {
  if (index >= options_.candidates) return Exhausted{};
  const auto& points = space().starting_points();
  if (index == 0) {
    return model::Candidate{.index = 0, .origin = "baseline", .assignment = baseline()};
  }
  if (index <= points.size()) {
    return model::Candidate{.index = index,
                            .origin = "starting point",
                            .assignment = with_labelled_examples(points[index - 1])};
  }
  return own_proposal(index, index - given(), evidence);
}

void ProposalSequence::accept(const model::Candidate& candidate) {
  EXPECTS(candidate.index == accepted_.size());
  if (candidate.index >= given()) own_accepted(candidate, candidate.index - given());
  accepted_.push_back(candidate);
  digests_.insert(model::digest(candidate.assignment));
}

Reply ProposalSequence::first_new(
    std::uint32_t index, model::CandidateIndex parent, const std::string& origin,
    const std::function<model::Assignment(std::uint32_t)>& draw) const {
  for (std::uint32_t attempt = 0; attempt < most_redraws; ++attempt) {
    model::Assignment drawn = draw(attempt);
    if (is_accepted(drawn)) continue;
    return model::Candidate{
        .index = index, .parent = parent, .origin = origin, .assignment = std::move(drawn)};
  }
  return Exhausted{};
}

model::Assignment ProposalSequence::with_demonstrations_for(std::uint32_t index,
                                                            model::Assignment assignment,
                                                            std::uint32_t attempt) const {
  core::Stream stream{options_.seed, core::Purpose::demonstrations, index, attempt};
  return space().with_drawn_demonstrations(std::move(assignment), stream, input_.train_size);
}

model::Assignment ProposalSequence::baseline() const {
  return with_labelled_examples(space().initial());
}

std::vector<model::Assignment> ProposalSequence::starting_points() const {
  std::vector<model::Assignment> points;
  for (const model::Assignment& point : space().starting_points())
    points.push_back(with_labelled_examples(point));
  return points;
}

model::Assignment ProposalSequence::with_labelled_examples(model::Assignment assignment) const {
  core::Stream stream{options_.seed, core::Purpose::demonstrations, 0};
  for (const model::Parameter& parameter : space().parameters()) {
    if (parameter.kind != model::ParameterKind::demonstrations) continue;
    if (assignment.find(parameter.name) == nullptr) continue;
    if (!assignment.demonstrations(parameter.name).positions.empty()) continue;
    const std::uint32_t count = labelled_count(parameter, options_.labeled, 0, input_.train_size);
    assignment.set(parameter.name,
                   model::Demonstrations{model::draw_positions(stream, count, input_.train_size)});
  }
  return assignment;
}

}  // namespace foundation::optimize::detail
