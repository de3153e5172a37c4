#include "runtime/bench_campaign.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/run_folder.hpp"

namespace foundation::runtime {

using model::Split;

namespace {

/// The only candidate there is, as often as wanted.
class SameCandidate final : public optimize::Strategy {
 public:
  explicit SameCandidate(std::uint32_t candidates) : candidates_{candidates} {}
  [[nodiscard]] optimize::Reply ask(std::uint32_t index, const optimize::Evidence&) const override {
    if (index >= candidates_) return optimize::Exhausted{};
    return model::Candidate{.index = index, .origin = "measurement", .assignment = {}};
  }
  void accept(const model::Candidate&) override {}
  void tell(const optimize::CandidateOutcome&) override {}

 private:
  std::uint32_t candidates_;
};

}  // namespace

programs::SplitDataset bench_data(std::uint32_t examples) {
  programs::SplitDataset data;
  data.data.input_names = {"x"};
  data.data.label_name = "y";
  for (std::uint32_t i = 0; i < examples; ++i)
    data.data.examples.push_back(
        {.id = std::to_string(i), .inputs = {"x"}, .label = "y", .group = {}});
  auto& order = data.order[static_cast<std::size_t>(Split::validation)];
  for (std::uint32_t i = 0; i < examples; ++i) order.push_back(i);
  return data;
}

BenchCampaign::BenchCampaign(const programs::SplitDataset& data, std::uint32_t candidates,
                             const std::filesystem::path& folder)
    : metric_{programs::make_metric({})},
      scoring_{data, *metric_, 1},
      store_{{0, scoring_.cells_of(Split::validation), 0}},
      disk_{folder},
      claim_{journal::claim_epoch(disk_, describe_this_process())},
      recovered_{campaign::recover(disk_, store_)} {
  optimize::TrajectoryOptions options;
  options.race.racing = optimize::Racing::none;
  trajectory_ = std::make_unique<optimize::Trajectory>(
      options, std::make_unique<SameCandidate>(candidates), true,
      [this](Split split, std::span<const model::CellResult> cells) {
        return scoring_.aggregate(split, cells);
      },
      store_, std::move(recovered_.proposals));
}

campaign::Coordinator& BenchCampaign::coordinate(campaign::Effects& effects, campaign::Now now,
                                                 const campaign::SchedulerOptions& scheduler) {
  campaign::CoordinatorOptions options;
  options.scheduler = scheduler;
  options.journal.epoch = claim_.epoch;
  return coordinator_.emplace(std::move(options), *trajectory_, store_, scoring_, recovered_,
                              std::vector<campaign::ExamplesRecord>{}, effects, now);
}

}  // namespace foundation::runtime
