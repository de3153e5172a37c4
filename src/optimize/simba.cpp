#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "model/positions.hpp"
#include "optimize/detail/bootstrap.hpp"
#include "optimize/detail/buckets.hpp"
#include "optimize/detail/demonstration_sets.hpp"
#include "optimize/detail/minibatches.hpp"
#include "optimize/detail/text_search.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::CandidateIndex;
using model::CellRange;
using model::Parameter;

constexpr std::uint32_t default_minibatch = 32;
/// Wrong answers shown where there is nothing to compare.
constexpr std::size_t shown_mistakes = 3;

/// A program to start from.
struct Source {
  CandidateIndex candidate = 0;
  double gain = 0;
};

/// Wrong answers to learn from.
struct Mistakes {
  std::vector<model::Observation> shown{};
  std::uint32_t sets = 1;  ///< different ones that proposals of a heat can be shown
};

/// What a proposal is made of, before it is known of which example.
struct Step {
  std::uint32_t index = 0;
  std::uint32_t number = 0;  ///< among the proposals of its heat
  Source source;
  Assignment from;  ///< the source's
  bool begins_with_advice = false;
};

/// Stochastic ascent over minibatches (SIMBA of DSPy): the best candidates so far and the baseline
/// run on a minibatch of train; examples are sorted by how much their tries differ (Batch). Each
/// proposal of a heat takes one of them and a source, the better the likelier. It drops some of
/// the source's demonstrations, the more the fuller they are, then has either the example as a
/// further demonstration, if the best try is right and not among the worst of the batch, or advice
/// added to its instructions: somebody is shown the best try and the worst one and says for each
/// stage what to learn from them. That is left out where the best is among the worst or the worst
/// among the best of the batch. An example that allows neither is passed over for the next one.
///
/// The original draws a program for each pair of example and repetition; here all programs run on
/// the whole minibatch, and repetitions are the job's trials. Where no tries differ (at the start
/// there is one program), mistakes are shown and the instruction is rewritten. Proposals are raced
/// on validation instead of being scored on the same minibatch.
class Simba final : public TextSearch {
 public:
  Simba(const StrategyOptions& options, StrategyInput input)
      : TextSearch{options, std::move(input)},
        minibatches_{this->input(), options.seed, options.minibatch.value_or(default_minibatch)} {}

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& evidence) const override {
    const std::vector<Source> sources = sources_of(rated(evidence));
    const Step step = step_of(index, sources);
    if (minibatches_.count() == 0) return rewritten(step, {}, evidence);
    Need missing;
    std::vector<CellRange> cells;
    for (const Source& source : sources) {
      cells.push_back(minibatches_.cells(minibatches_.block_at(heat_of(index)), source.candidate));
      const CellRange& range = cells.back();
      if (evidence.results(range.candidate, range.begin, range.end).empty())
        missing.ranges.push_back(range);
    }
    if (!missing.ranges.empty()) return missing;
    const Batch batch = sort_into_buckets(evidence, cells, input().trials, input().maximise);
    for (std::size_t turn = 0; turn < batch.buckets.size(); ++turn) {
      const Bucket& bucket = batch.buckets[(step.number + turn) % batch.buckets.size()];
      if (auto made = improved(step, bucket, batch, evidence)) return *std::move(made);
    }
    return rewritten(step, mistakes(step, batch, evidence), evidence);
  }

  /// The best candidates, and the baseline at last.
  [[nodiscard]] std::vector<Source> sources_of(const std::vector<Rated>& ranking) const {
    std::vector<Source> sources;
    Source baseline{0, ranking.empty() ? 0 : ranking.back().gain};
    for (const Rated& it : ranking) {
      if (it.candidate == 0) {
        baseline.gain = it.gain;
      } else if (sources.size() + 1 < options().trajectories) {
        sources.push_back({it.candidate, it.gain});
      }
    }
    sources.push_back(baseline);
    return sources;
  }

  [[nodiscard]] Step step_of(std::uint32_t index, const std::vector<Source>& sources) const {
    std::vector<double> gains;
    for (const Source& source : sources) gains.push_back(source.gain);
    core::Stream stream{options().seed, core::Purpose::select, index};
    Step step{.index = index,
              .number = index - first_companion(index),
              .source = sources[draw_softmax(gains, stream)],
              .from = {},
              .begins_with_advice = stream.chance(0.5)};
    step.from = assignment_of(step.source.candidate);
    return step;
  }

  /// By a demonstration or by advice, whichever was drawn, else by the other one.
  [[nodiscard]] std::optional<Reply> improved(const Step& step, const Bucket& bucket,
                                              const Batch& batch, const Evidence& evidence) const {
    if (step.begins_with_advice)
      if (auto made = with_advice(step, bucket, batch, evidence)) return made;
    if (auto made = with_demonstration(step, bucket, batch)) return made;
    if (step.begins_with_advice) return std::nullopt;
    return with_advice(step, bucket, batch, evidence);
  }

  // --- demonstrations ----------------------------------------------------------------------------

  /// Shown by every stage that does not show it yet.
  [[nodiscard]] std::optional<Reply> with_demonstration(const Step& step, const Bucket& bucket,
                                                        const Batch& batch) const {
    const SuccessRule is_right{options().success_threshold, input().maximise};
    if (!is_right(bucket.best().cell) || bucket.best().gain <= batch.low) return std::nullopt;
    Assignment child = step.from;
    core::Stream stream{options().seed, core::Purpose::demonstrations, step.index};
    for (const Parameter* parameter : demonstrations_of(space())) {
      if (child.find(parameter->name) == nullptr || parameter->high < 1) continue;
      Positions shown = child.demonstrations(parameter->name).positions;
      if (std::ranges::find(shown, bucket.example) != shown.end()) continue;
      const auto least = static_cast<std::size_t>(parameter->low);
      drop_some(*parameter, least == 0 ? 0 : least - 1, shown, stream);
      shown.push_back(bucket.example);
      child.set(parameter->name, model::Demonstrations{std::move(shown)});
    }
    if (child == step.from || is_accepted(child)) return std::nullopt;
    return model::Candidate{
        .index = step.index,
        .parent = step.source.candidate,
        .origin = fmt::format("{} shown example {}", step.source.candidate, bucket.example),
        .assignment = std::move(child)};
  }

  /// A number drawn from the Poisson distribution, at least one of a full set; `least` stay.
  static void drop_some(const Parameter& parameter, std::size_t least, Positions& shown,
                        core::Stream& stream) {
    const auto size = static_cast<double>(shown.size());
    const std::uint32_t full = size >= parameter.high ? 1 : 0;
    const std::uint32_t wanted = std::max(draw_poisson(size / parameter.high, stream), full);
    const std::size_t most = shown.size() - std::min(least, shown.size());
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(wanted, most));
    std::vector<std::uint32_t> places =
        model::draw_positions(stream, count, static_cast<std::uint32_t>(shown.size()));
    std::ranges::sort(places, std::ranges::greater{});
    for (const std::uint32_t place : places)
      shown.erase(shown.begin() + static_cast<std::ptrdiff_t>(place));
  }

  // --- texts -------------------------------------------------------------------------------------

  [[nodiscard]] std::optional<Reply> with_advice(const Step& step, const Bucket& bucket,
                                                 const Batch& batch,
                                                 const Evidence& evidence) const {
    const Try& best = bucket.best();
    const Try& worst = bucket.worst();
    const auto open = open_in(step.from);
    if (open.empty() || best.gain <= worst.gain) return std::nullopt;
    if (best.gain <= batch.low || worst.gain >= batch.high) return std::nullopt;
    Writing writing{
        .requests = {},
        .at_once = 1 + step.number / static_cast<std::uint32_t>(batch.buckets.size()),
        .parent = step.source.candidate,
        .origin = fmt::format("advice to {} on example {}", step.source.candidate, bucket.example),
        .use = [&, this](const Texts& advice) { return advised(step, open, advice); }};
    for (const Parameter* parameter : open)
      writing.requests.push_back({.kind = model::RequestKind::advise,
                                  .parameter = parameter->name,
                                  .assignment = step.from,
                                  .observations = {seen(best, evidence), seen(worst, evidence)}});
    return first_written(step.index, writing, evidence);
  }

  /// The source with advice on a new line of each instruction it is for, and fewer demonstrations.
  [[nodiscard]] Assignment advised(const Step& step, const std::vector<const Parameter*>& open,
                                   const Texts& advice) const {
    Assignment child = step.from;
    core::Stream stream{options().seed, core::Purpose::demonstrations, step.index, 1};
    for (const Parameter* parameter : demonstrations_of(space())) {
      if (child.find(parameter->name) == nullptr || parameter->high < 1) continue;
      Positions shown = child.demonstrations(parameter->name).positions;
      drop_some(*parameter, static_cast<std::size_t>(parameter->low), shown, stream);
      child.set(parameter->name, model::Demonstrations{std::move(shown)});
    }
    for (std::size_t i = 0; i < open.size(); ++i)
      if (!advice[i].empty())
        child.set(open[i]->name, child.text(open[i]->name) + "\n" + advice[i]);
    return child;
  }

  [[nodiscard]] Reply rewritten(const Step& step, const Mistakes& mistakes,
                                const Evidence& evidence) const {
    const auto open = open_in(step.from);
    if (open.empty()) return recombined(step.index, step.source.candidate);
    const Parameter& parameter = *open[step.index % open.size()];
    const auto use = [&](const Texts& texts) {
      Assignment child = step.from;
      child.set(parameter.name, texts.front());
      return child;
    };
    const Writing writing{
        .requests = {{.parameter = parameter.name,
                      .assignment = step.from,
                      .observations = mistakes.shown}},
        .at_once = 1 + step.number / mistakes.sets,
        .parent = step.source.candidate,
        .origin = fmt::format("rewrite of {} for {}", parameter.name, step.source.candidate),
        .use = use};
    if (auto written = first_written(step.index, writing, evidence)) return *std::move(written);
    return recombined(step.index, step.source.candidate);
  }

  /// Some of the worst tries of the batch, other ones for each proposal while there are any.
  [[nodiscard]] static Mistakes mistakes(const Step& step, const Batch& batch,
                                         const Evidence& evidence) {
    std::vector<const Try*> worst;
    for (const Bucket& bucket : batch.buckets) worst.push_back(&bucket.worst());
    std::ranges::stable_sort(worst, {}, &Try::gain);
    const auto is_bad = [&](const Try* it) { return it->gain < batch.high; };
    const auto bad = static_cast<std::size_t>(std::ranges::count_if(worst, is_bad));
    if (bad > 0) worst.resize(bad);
    Mistakes mistakes{};
    mistakes.sets = static_cast<std::uint32_t>((worst.size() - 1) / shown_mistakes + 1);
    const std::size_t first = step.number % mistakes.sets * shown_mistakes;
    for (std::size_t i = first; i < std::min(first + shown_mistakes, worst.size()); ++i)
      mistakes.shown.push_back(seen(*worst[i], evidence));
    return mistakes;
  }

  [[nodiscard]] static model::Observation seen(const Try& it, const Evidence& evidence) {
    return observe(evidence, {it.candidate, model::Split::train, it.position, it.position + 1})
        .front();
  }

  Minibatches minibatches_;
};

}  // namespace

std::unique_ptr<Strategy> make_simba(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Simba>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
