#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "optimize/detail/bootstrap.hpp"
#include "optimize/detail/irace_model.hpp"
#include "optimize/detail/lineage.hpp"
#include "optimize/detail/minibatches.hpp"
#include "optimize/detail/pareto_front.hpp"
#include "optimize/detail/text_search.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::CandidateIndex;
using model::CellRange;
using model::Parameter;

constexpr std::uint32_t default_minibatch = 3;
/// Minibatches looked at for a mistake: one, then two at a time, then four.
constexpr std::uint32_t most_waves = 3;
/// Probability that a parameter beside the rewritten text is changed, too.
constexpr double side_rate = 0.1;

/// What all proposals of a heat are derived from.
struct Pool {
  std::vector<Rated> ranking;
  std::vector<FrontMember> front;
};

/// What is rewritten for a proposal, and by which examples.
struct Reflection {
  CandidateIndex parent = 0;
  std::uint32_t turn = 0;   ///< of the parent's open texts
  std::uint32_t block = 0;  ///< the first minibatch looked at
  bool operator==(const Reflection&) const = default;
};

/// Reflective evolution (GEPA; Agrawal et al., arXiv:2507.19457). A parent is drawn from the Pareto
/// front over the examples of validation (pareto_front), as often as it is the best on one. It
/// runs on a minibatch of train; if it makes no mistake there, on further ones. Then one of its
/// texts, each in turn, is rewritten by somebody who is shown what it answered and what the metric
/// has to say about it. Other parameters change now and then beside the text. Every
/// `merge_every`-th proposal crosses two members of the front instead: it has what only one of them
/// has changed since their common ancestor, provided that both have got no worse.
///
/// In the original proposals come one after the other, and a child must beat its parent on the
/// parent's own minibatch before it is evaluated further. Here the proposals of a heat each draw
/// parent and minibatch, their texts are written in parallel, and the first rung of the race takes
/// the place of that test: on more examples, that are the same for all.
class Gepa final : public TextSearch {
 public:
  Gepa(const StrategyOptions& options, StrategyInput input)
      : TextSearch{options, std::move(input)},
        minibatches_{this->input(), options.seed, options.minibatch.value_or(default_minibatch)} {}

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const override {
    Pool pool{.ranking = rated(evidence), .front = {}};
    const CellGains gains{told(), evidence, input().maximise};
    pool.front = pareto_front(told(), pool.ranking, gains, input().trials);
    if (is_merge(own))
      if (auto candidate = merge(index, pool)) return *std::move(candidate);
    return reflect(index, pool, evidence);
  }

  [[nodiscard]] bool is_merge(std::uint32_t own) const noexcept {
    const std::uint32_t every = options().merge_every;
    return every > 0 && own % every == every - 1;
  }

  // --- rewriting ---------------------------------------------------------------------------------

  [[nodiscard]] Reflection reflection_of(std::uint32_t index, const Pool& pool) const {
    const std::uint32_t own = index - given();
    Reflection made{.parent = 0,
                    .turn = own,
                    .block = minibatches_.count() == 0 ? 0 : minibatches_.block_at(own)};
    if (!pool.front.empty()) {
      std::vector<double> wins;
      for (const FrontMember& member : pool.front) wins.push_back(member.wins);
      core::Stream stream{options().seed, core::Purpose::select, index};
      made.parent = pool.front[draw_index(wins, stream)].candidate;
    }
    const auto open = static_cast<std::uint32_t>(open_in(assignment_of(made.parent)).size());
    made.turn = open == 0 ? 0 : own % open;
    return made;
  }

  /// Earlier proposals that see the same and begin with the same.
  [[nodiscard]] std::uint32_t twins_before(std::uint32_t index, const Reflection& reflection,
                                           const Pool& pool) const {
    std::uint32_t twins = 0;
    for (std::uint32_t other = first_companion(index); other < index; ++other)
      if (!is_merge(other - given()) && reflection_of(other, pool) == reflection) ++twins;
    return twins;
  }

  [[nodiscard]] Reply reflect(std::uint32_t index, const Pool& pool,
                              const Evidence& evidence) const {
    const Reflection reflection = reflection_of(index, pool);
    const Assignment from = assignment_of(reflection.parent);
    const auto open = open_in(from);
    if (open.empty()) return recombined(index, reflection.parent);
    const Parameter& parameter = *open[reflection.turn];
    auto seen = observations(index, reflection, evidence);
    if (auto* need = std::get_if<Need>(&seen)) return std::move(*need);

    const auto use = [&, this](const Texts& texts) {
      Assignment child = from;
      child.set(parameter.name, texts.front());
      core::Stream stream{options().seed, core::Purpose::sample, index};
      return variation().vary(child, side_rate, stream);
    };
    const Writing writing{
        .requests = {{.parameter = parameter.name,
                      .assignment = from,
                      .attempts = attempt(parameter, reflection.parent, pool),
                      .observations = std::get<std::vector<model::Observation>>(std::move(seen))}},
        .at_once = 1 + twins_before(index, reflection, pool),
        .parent = reflection.parent,
        .origin = fmt::format("reflection on {}, {}", reflection.parent, parameter.name),
        .use = use};
    if (auto written = first_written(index, writing, evidence)) return *std::move(written);
    return recombined(index, reflection.parent);
  }

  /// The parent's own text and score, once it has one.
  [[nodiscard]] std::vector<model::Attempt> attempt(const Parameter& parameter,
                                                    CandidateIndex parent, const Pool& pool) const {
    const auto found = std::ranges::find(pool.ranking, parent, &Rated::candidate);
    if (found == pool.ranking.end()) return {};
    return {{assignment_of(parent).text(parameter.name), score_of(*found)}};
  }

  /// Of the first minibatch with a mistake; of the first one, if there is none in all.
  [[nodiscard]] std::variant<std::vector<model::Observation>, Need> observations(
      std::uint32_t index, const Reflection& reflection, const Evidence& evidence) const {
    if (minibatches_.count() == 0) return std::vector<model::Observation>{};
    const std::uint32_t own = index - given();
    for (std::uint32_t wave = 0; wave < most_waves; ++wave) {
      Need missing;
      std::vector<CellRange> batches;
      for (std::uint32_t i = 0; i < (1U << wave); ++i) {
        const std::uint32_t turn = (1U << wave) - 1 + i;  // 0, then 1 and 2, then 3 to 6
        const std::uint32_t block = minibatches_.block_at(own + turn * options().iteration);
        const CellRange cells = minibatches_.cells(block, reflection.parent);
        batches.push_back(cells);
        if (!evidence.results(cells.candidate, cells.begin, cells.end).empty()) continue;
        if (std::ranges::find(missing.ranges, cells) == missing.ranges.end())
          missing.ranges.push_back(cells);
      }
      if (!missing.ranges.empty()) return missing;
      for (const CellRange& cells : batches)
        if (has_mistake(cells, evidence)) return observe(evidence, cells);
    }
    return observe(evidence, minibatches_.cells(reflection.block, reflection.parent));
  }

  [[nodiscard]] bool has_mistake(const CellRange& cells, const Evidence& evidence) const {
    const SuccessRule is_perfect{options().success_threshold, input().maximise};
    return !std::ranges::all_of(evidence.results(cells.candidate, cells.begin, cells.end),
                                is_perfect);
  }

  // --- merging -----------------------------------------------------------------------------------

  /// The first new cross of two members of the front, in a drawn order; nothing if there is none.
  [[nodiscard]] std::optional<Reply> merge(std::uint32_t index, const Pool& pool) const {
    std::vector<std::pair<CandidateIndex, CandidateIndex>> pairs;
    for (auto first = pool.front.begin(); first != pool.front.end(); ++first)
      for (auto second = std::next(first); second != pool.front.end(); ++second)
        pairs.emplace_back(first->candidate, second->candidate);
    core::Stream stream{options().seed, core::Purpose::select, index, 1};
    stream.shuffle(std::span{pairs});
    for (const auto& [a, b] : pairs) {
      auto candidate = merge_of(a, b, pool.ranking, stream);
      if (!candidate || is_accepted(candidate->assignment)) continue;
      candidate->index = index;
      return *std::move(candidate);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<model::Candidate> merge_of(CandidateIndex a, CandidateIndex b,
                                                         const std::vector<Rated>& ranking,
                                                         core::Stream& stream) const {
    const auto ancestor = common_ancestor(accepted(), a, b);
    if (!ancestor) return std::nullopt;
    const auto place = [&ranking](CandidateIndex candidate) {
      return std::ranges::find(ranking, candidate, &Rated::candidate);
    };
    const auto old = place(*ancestor);
    const bool is_a_better = place(a) < place(b);
    const CandidateIndex better = is_a_better ? a : b;
    const CandidateIndex other = is_a_better ? b : a;
    if (old != ranking.end() && old->gain > place(other)->gain) return std::nullopt;
    const auto crossed = merged(accepted()[*ancestor].assignment, accepted()[better].assignment,
                                accepted()[other].assignment);
    if (!crossed) return std::nullopt;
    Assignment assignment = variation().completed(*crossed, stream);
    if (!space().problem_of(assignment).empty()) return std::nullopt;
    return model::Candidate{.parent = better,
                            .origin = fmt::format("merge of {} and {}", better, other),
                            .assignment = std::move(assignment)};
  }

  Minibatches minibatches_;
};

}  // namespace

std::unique_ptr<Strategy> make_gepa(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Gepa>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
