#include <algorithm>

#include <fmt/format.h>

#include "optimize/detail/text_search.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::CandidateIndex;
using model::Parameter;

/// Coordinate ascent over the texts of a program (COPRO of DSPy; Khattab et al., arXiv:2310.03714):
/// a heat is about one open parameter. Its proposals are the best candidate so far with other texts
/// of this parameter: first those that the user named, then texts written by somebody who is shown
/// the best attempts and their scores, in increasing order. The next heat is about the next
/// parameter. All other parameters stay as the best candidate has them.
///
/// In the original an attempt is evaluated on the whole trainset, and with several parameters all
/// are evaluated again each time; here racing stops them, and scores are compared as TextSearch
/// says.
class Copro final : public TextSearch {
 public:
  using TextSearch::TextSearch;

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& evidence) const override {
    const std::vector<Rated> ranking = rated(evidence);
    const CandidateIndex best = best_of(ranking);
    const Assignment base = assignment_of(best);
    const auto open = open_in(base);
    if (open.empty()) return recombined(index, best);
    const Parameter& parameter = *open[heat_of(index) % open.size()];
    const auto with = [&](const std::string& text) {
      Assignment changed = base;
      changed.set(parameter.name, text);
      return changed;
    };
    const std::vector<std::string> choices = untried(parameter);
    const std::uint32_t number = index - first_companion(index);
    if (number < choices.size() && !is_accepted(with(choices[number])))
      return model::Candidate{.index = index,
                              .parent = best,
                              .origin = fmt::format("choice for {}", parameter.name),
                              .assignment = with(choices[number])};
    const auto named = static_cast<std::uint32_t>(choices.size());
    const Writing writing{.requests = {{.parameter = parameter.name,
                                        .assignment = base,
                                        .attempts = attempts(parameter, ranking)}},
                          .at_once = number < named ? 1 : number - named + 1,
                          .parent = best,
                          .origin = fmt::format("rewrite of {}", parameter.name),
                          .use = [&](const Texts& texts) { return with(texts.front()); }};
    if (auto written = first_written(index, writing, evidence)) return *std::move(written);
    return recombined(index, best);
  }

  /// Choices that no told candidate has; the baseline has the initial one.
  [[nodiscard]] std::vector<std::string> untried(const Parameter& parameter) const {
    std::vector<std::string> choices;
    for (const std::string& choice : parameter.choices) {
      const model::Value value = choice;
      const bool is_tried = std::ranges::any_of(told(), [&](const CandidateOutcome& it) {
        const model::Value* own = accepted()[it.index].assignment.find(parameter.name);
        return own != nullptr && *own == value;
      });
      if (!is_tried && value != parameter.initial) choices.push_back(choice);
    }
    return choices;
  }

  /// The best different texts, as many as a heat has candidates, each with the score of the best
  /// candidate that has it; worst first.
  [[nodiscard]] std::vector<model::Attempt> attempts(const Parameter& parameter,
                                                     const std::vector<Rated>& ranking) const {
    std::vector<model::Attempt> attempts;
    for (const Rated& it : ranking) {
      const Assignment& assignment = accepted()[it.candidate].assignment;
      if (attempts.size() == options().iteration) break;
      if (assignment.find(parameter.name) == nullptr) continue;
      const std::string& text = assignment.text(parameter.name);
      if (std::ranges::find(attempts, text, &model::Attempt::text) == attempts.end())
        attempts.push_back({text, score_of(it)});
    }
    std::ranges::reverse(attempts);
    return attempts;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_copro(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Copro>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
