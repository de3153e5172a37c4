#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "optimize/detail/race_rules.hpp"
#include "optimize/detail/rank_tests.hpp"

namespace foundation::optimize::detail {
namespace {

using model::CandidateIndex;

constexpr std::size_t most_elites = 5;
constexpr std::size_t enough_examples = 5;
constexpr std::size_t enough_rows = 5;

/// F-race with elites (Birattari et al., GECCO 2002; Lopez-Ibanez et al., "The irace package",
/// Operations Research Perspectives 3, 2016): examples are blocks, candidates are ranked within
/// each, and those that Friedman's test finds worse than the best one are stopped; the last two are
/// compared by Wilcoxon's signed-rank test. The best complete candidates of earlier heats, the
/// elites, take part in every comparison. irace tests from the fifth example on; here the third is
/// enough where five or more are compared, whose ranks say as much as more examples do.
///
/// Each test has the level 1 - confidence, as in irace: no bound over the whole race is claimed
/// (racing = "paired" has one). Ranks need no range and no mean, so costs with heavy tails do.
class Friedman final : public RaceRule {
 public:
  explicit Friedman(const RaceSetting& setting)
      : maximise_{setting.maximise}, alpha_{1 - setting.options.confidence} {}

  [[nodiscard]] Awaits awaits() const noexcept override { return Awaits::heats; }
  [[nodiscard]] bool compares_cells() const noexcept override { return true; }
  [[nodiscard]] std::span<const CandidateIndex> veterans() const noexcept override {
    return names_;
  }

  [[nodiscard]] std::vector<Verdict> judge(const RungView& rung) override {
    std::vector<std::span<const double>> rows;  // of those with a score, members first
    for (const auto runners : {rung.members, rung.veterans})
      for (const Runner& runner : runners)
        if (runner.standing.valid) rows.emplace_back(runner.gains);
    std::vector<Verdict> verdicts(rung.members.size());
    const std::vector<bool> is_worse = compare(rows);
    std::uint32_t row = 0;
    for (std::uint32_t place = 0; place < verdicts.size(); ++place) {
      const bool valid = rung.members[place].standing.valid;
      verdicts[place] = {valid ? !is_worse[row] : rows.empty(), place};
      if (valid) ++row;
    }
    return verdicts;
  }

  void heat_over(std::span<const Standing> complete) override {
    elites_.insert(elites_.end(), complete.begin(), complete.end());
    std::erase_if(elites_, [](const Standing& it) { return !it.valid; });
    rank(elites_, maximise_);
    elites_.resize(std::min(elites_.size(), most_elites));
    names_.clear();
    for (const Standing& elite : elites_) names_.push_back(elite.candidate);
  }

 private:
  [[nodiscard]] std::vector<bool> compare(const std::vector<std::span<const double>>& rows) const {
    std::vector<bool> is_worse(rows.size(), false);
    if (rows.size() < 2) return is_worse;
    if (rows.front().size() < enough_examples && rows.size() < enough_rows) return is_worse;
    if (rows.size() > 2) return friedman_test(rows, alpha_).is_worse;
    const WilcoxonResult test = wilcoxon_test(rows[0], rows[1]);
    if (test.p_value < alpha_) is_worse[test.first_is_larger ? 1 : 0] = true;
    return is_worse;
  }

  bool maximise_;
  double alpha_;
  std::vector<Standing> elites_;  ///< complete, best first
  std::vector<CandidateIndex> names_;
};

}  // namespace

std::unique_ptr<RaceRule> make_friedman(const RaceSetting& setting) {
  return std::make_unique<Friedman>(setting);
}

}  // namespace foundation::optimize::detail
