#include "optimize/detail/instruction_requests.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/contracts.hpp"
#include "core/random.hpp"
#include "model/positions.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr std::uint32_t described_examples = 16;
constexpr std::uint32_t shown_examples = 3;

/// Hints at the manner of an instruction; the first leaves it open.
constexpr std::array<std::string_view, 8> tips{
    "",
    "Say it in one or two short sentences.",
    "Say exactly what a right answer looks like, and what it must not contain.",
    "Name the mistakes that are easily made on such inputs, and how to avoid them.",
    "Give the steps by which a careful expert comes to the answer.",
    "Say who is answering: an expert of the very field that the inputs come from.",
    "Say what to do when an input is unclear, incomplete or fits several answers.",
    "Say why the answer matters and what depends on its being right.",
};

}  // namespace

InstructionRequests::InstructionRequests(const StrategyOptions& options, const StrategyInput& input,
                                         model::Assignment baseline)
    : seed_{options.seed},
      instructions_{options.instructions},
      train_size_{input.train_size},
      baseline_{std::move(baseline)} {
  for (const model::Parameter& parameter : input.space.parameters())
    if (parameter.open) open_.push_back(parameter.name);
  EXPECTS(!open_.empty());
}

std::vector<TextNeed> InstructionRequests::description() const {
  if (train_size_ == 0 || instructions_ == 0) return {};
  return {{.request = {.kind = model::RequestKind::describe,
                       .parameter = open_.front(),
                       .assignment = baseline_,
                       .examples = draw_examples(described_examples, 0, 0)},
           .samples = 1}};
}

std::vector<TextNeed> InstructionRequests::rewrites(const model::Parameter& parameter,
                                                    const std::string& notes) const {
  const auto place = std::ranges::find(open_, parameter.name);
  EXPECTS(place != open_.end());
  const auto number = static_cast<std::uint32_t>(place - open_.begin());
  const auto most = std::min<std::uint32_t>(instructions_, tips.size());
  model::Assignment assignment = baseline_;
  if (assignment.find(parameter.name) == nullptr)  // inactive there
    assignment.set(parameter.name, parameter.initial);
  std::vector<TextNeed> needs;
  for (std::uint32_t tip = 0; tip < most; ++tip) {
    const auto samples = (instructions_ - tip + static_cast<std::uint32_t>(tips.size()) - 1) /
                         static_cast<std::uint32_t>(tips.size());
    needs.push_back({.request = {.parameter = parameter.name,
                                 .assignment = assignment,
                                 .examples = draw_examples(shown_examples, number + 1, tip),
                                 .notes = notes,
                                 .tip = std::string{tips[tip]}},
                     .samples = std::min(samples, model::most_samples)});
  }
  return needs;
}

std::vector<std::uint32_t> InstructionRequests::draw_examples(std::uint32_t count,
                                                              std::uint32_t parameter,
                                                              std::uint32_t number) const {
  core::Stream stream{seed_, core::Purpose::compose, parameter, number, 1};
  return model::draw_positions(stream, std::min(count, train_size_), train_size_);
}

}  // namespace foundation::optimize::detail
