#include "optimize/detail/race_rules.hpp"

namespace foundation::optimize::detail {
namespace {

/// Successive halving (Jamieson and Talwalkar, AISTATS 2016): a fixed share goes on at each rung,
/// whatever the scores, so what a heat costs is known when it starts.
class Halving final : public RaceRule {
 public:
  explicit Halving(double keep) : keep_{keep} {}

  [[nodiscard]] std::vector<Verdict> judge(const RungView& rung) override {
    const auto alive = static_cast<std::uint32_t>(rung.members.size());
    const std::uint32_t kept = kept_of(alive, keep_);
    std::vector<Verdict> verdicts;
    for (std::uint32_t place = 0; place < alive; ++place) verdicts.push_back({place < kept, place});
    return verdicts;
  }

 private:
  double keep_;
};

}  // namespace

std::unique_ptr<RaceRule> make_halving(const RaceSetting& setting) {
  return std::make_unique<Halving>(setting.options.keep);
}

}  // namespace foundation::optimize::detail
