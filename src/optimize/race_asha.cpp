#include <algorithm>

#include "core/contracts.hpp"
#include "optimize/detail/race_rules.hpp"

namespace foundation::optimize::detail {
namespace {

/// Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter
/// tuning", MLSys 2020) in the form that never goes back to a stopped candidate, as in Optuna.
///
/// Asynchronous means here: no candidate waits for a heat to fill or for proposals after its own.
/// A candidate is judged at a rung as soon as all earlier proposals are past that rung, and goes
/// on if it is in the best `keep` of those of them that have got there, itself included (at least
/// one). The first proposal, the baseline, is therefore always complete.
class Asha final : public RaceRule {
 public:
  explicit Asha(const RaceSetting& setting)
      : keep_{setting.options.keep}, maximise_{setting.maximise} {}

  [[nodiscard]] Awaits awaits() const noexcept override { return Awaits::same_rung; }

  [[nodiscard]] std::vector<Verdict> judge(const RungView& rung) override {
    EXPECTS(rung.members.size() == 1);
    if (arrived_.size() <= rung.rung) arrived_.resize(rung.rung + 1);
    std::vector<Standing>& arrived = arrived_[rung.rung];
    const Standing& own = rung.members.front().standing;
    arrived.push_back(own);
    rank(arrived, maximise_);
    const auto place = std::ranges::find(arrived, own.candidate, &Standing::candidate);
    const auto ahead = static_cast<std::uint32_t>(place - arrived.begin());
    const auto share = static_cast<std::uint32_t>(keep_ * static_cast<double>(arrived.size()));
    return {{ahead < std::max(share, 1U), ahead}};
  }

 private:
  double keep_;
  bool maximise_;
  std::vector<std::vector<Standing>> arrived_;  ///< by rung, best first
};

}  // namespace

std::unique_ptr<RaceRule> make_asha(const RaceSetting& setting) {
  return std::make_unique<Asha>(setting);
}

}  // namespace foundation::optimize::detail
