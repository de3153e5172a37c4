#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "optimize/detail/betting.hpp"
#include "optimize/detail/race_rules.hpp"

namespace foundation::optimize::detail {
namespace {

using model::CandidateIndex;

/// Stops a candidate when the cells it shares with a better one show that it is not better than
/// that one by more than `margin` on the whole split.
///
/// The bound: let `best` be the candidate of the race with the best score on the whole split.
/// With probability `confidence` or more over the order of the examples, the winner is at most
/// `margin` behind it. For `best` is stopped only in favour of a candidate that is then evaluated
/// in full (who has stopped another is never stopped), and each of the tests that could stop it
/// wrongly is anytime-valid (detail/betting.hpp) at a level of its own: those levels, for the
/// leader of its heat and for any complete candidate of an earlier heat, add up to at most
/// 1 - confidence (a union bound). Rungs cost nothing. The bound holds for proposals that do not
/// depend on scores of the same split; strategies that learn from scores make it an approximation.
class Paired final : public RaceRule {
 public:
  explicit Paired(const RaceSetting& setting)
      : maximise_{setting.maximise},
        alpha_{1 - setting.options.confidence},
        margin_{setting.options.margin * (setting.scale.high - setting.scale.low)},
        population_{setting.examples, setting.scale.high - setting.scale.low},
        weights_{setting.scale.weights} {
    make_relative(weights_);
    if (!weights_.empty()) population_.range *= *std::ranges::max_element(weights_);
  }

  [[nodiscard]] Awaits awaits() const noexcept override { return Awaits::heats; }
  [[nodiscard]] bool compares_cells() const noexcept override { return true; }
  [[nodiscard]] std::span<const CandidateIndex> veterans() const noexcept override {
    return {&best_.candidate, best_.candidate == model::no_candidate ? 0U : 1U};
  }

  [[nodiscard]] std::vector<Verdict> judge(const RungView& rung) override {
    const Runner& leader = rung.members.front();
    const double share = rung.veterans.empty() ? alpha_ : alpha_ / 2;
    std::vector<Verdict> verdicts(rung.members.size());
    for (std::uint32_t place = 0; place < verdicts.size(); ++place) {
      const Runner& own = rung.members[place];
      verdicts[place] = {true, place};
      if (stood_in_.contains(own.standing.candidate)) continue;
      if (!rung.veterans.empty() && is_beaten(own, rung.veterans.front(), share / rung.before)) {
        verdicts[place].goes_on = false;
      } else if (place > 0 && is_beaten(own, leader, share / (rung.heat_size - 1))) {
        verdicts[place].goes_on = false;
        stood_in_.insert(leader.standing.candidate);
      }
    }
    return verdicts;
  }

  void heat_over(std::span<const Standing> complete) override {
    stood_in_.clear();
    if (complete.empty() || !complete.front().valid) return;
    std::vector<Standing> both{complete.front()};
    if (best_.candidate != model::no_candidate) both.push_back(best_);
    rank(both, maximise_);
    best_ = both.front();
  }

 private:
  static void make_relative(std::vector<double>& weights) {
    const double mean =
        std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
    for (double& weight : weights) weight /= mean;
  }

  [[nodiscard]] bool is_beaten(const Runner& own, const Runner& other, double alpha) const {
    if (!other.standing.valid) return false;
    if (!own.standing.valid) return true;
    std::vector<double> losses(own.gains.size());
    for (std::size_t i = 0; i < losses.size(); ++i)
      losses[i] = (weights_.empty() ? 1.0 : weights_[i]) * (other.gains[i] - own.gains[i]);
    return is_mean_above(-margin_, losses, population_, alpha);
  }

  bool maximise_;
  double alpha_;
  double margin_;
  Population population_;
  std::vector<double> weights_;        ///< of the examples; their mean is 1
  Standing best_;                      ///< complete, of all earlier heats
  std::set<CandidateIndex> stood_in_;  ///< in whose favour members of this heat were stopped
};

}  // namespace

std::unique_ptr<RaceRule> make_paired(const RaceSetting& setting) {
  EXPECTS(setting.scale.weights.empty() || setting.scale.weights.size() == setting.examples);
  if (!setting.scale.is_bounded())
    throw core::Error{core::ErrorKind::bad_input,
                      "racing = \"paired\" needs a metric whose scores have a lowest and a highest "
                      "value: its bound on wrong decisions rests on them",
                      "use racing = \"friedman\", which compares ranks, or \"halving\""};
  return std::make_unique<Paired>(setting);
}

}  // namespace foundation::optimize::detail
