#include <set>

#include "job_file.hpp"

namespace foundation::job {
namespace {

class Identity : public JobFile {
 protected:
  [[nodiscard]] core::Digest of(const std::vector<std::string>& overrides,
                                const std::string& program = "p 1",
                                const core::Digest& data = {1, 2}) const {
    const Job job = load(smallest, overrides);
    return identity(job, space_, program, data);
  }

  model::Space space_{{{.name = "a",
                        .kind = model::ParameterKind::real,
                        .low = 0,
                        .high = 1,
                        .choices = {},
                        .initial = 0.5,
                        .conditions = {},
                        .description = {}}}};
};

TEST_F(Identity, covers_what_steers_the_search) {
  std::set<core::Digest> digests{of({})};
  const std::vector<std::string> steering{
      "job.seed=2",           "trainset.input=other", "trainset.split.stratify=false",
      "program.kind=nothing", "program.trials=2",     "metric.kind=macro_f1",
      "strategy.kind=random", "strategy.racing=none", "strategy.lookahead=40",
      "strategy.heat=8",      "strategy.keep=0.25",   "strategy.success_threshold=0.5",
      "strategy.growth=3"};
  for (const std::string& text : steering) {
    EXPECT_TRUE(digests.insert(of({text})).second) << text;
  }
  const std::vector<std::vector<std::string>> of_kinds{
      {"strategy.kind=grid"},
      {"strategy.kind=grid", "strategy.levels=7"},
      {"strategy.kind=cma_es"},
      {"strategy.kind=cma_es", "strategy.population=9"},
      {"strategy.kind=cma_es", "strategy.initial_step=0.5"},
      {"strategy.racing=paired"},
      {"strategy.racing=paired", "strategy.confidence=0.9"},
      {"strategy.racing=paired", "strategy.margin=0.05"}};
  for (const std::vector<std::string>& overrides : of_kinds) {
    EXPECT_TRUE(digests.insert(of(overrides)).second) << overrides.back();
  }
  EXPECT_TRUE(digests.insert(of({}, "p 2")).second);
  EXPECT_TRUE(digests.insert(of({}, "p 1", {1, 3})).second);
  space_ = model::Space{};
  EXPECT_TRUE(digests.insert(of({})).second);
}

TEST_F(Identity, leaves_out_what_may_change_on_a_continued_run) {
  const core::Digest same = of({});
  const std::vector<std::string> carrying{"job.name=other",
                                          "trainset.file=elsewhere.jsonl",
                                          "trainset.skip_bad_lines=true",
                                          "strategy.candidates=64",
                                          "strategy.target=0.9",
                                          "budget.evaluations=1k",
                                          "execution.slots=3",
                                          "execution.end_margin=5s",
                                          "execution.publish_interval=9s",
                                          "execution.keep_outputs=true",
                                          "run.folder=somewhere",
                                          "trainset.format=jsonl",
                                          "execution.max_workers=7",
                                          "execution.min_workers_per_node=2",
                                          "program.resources.cores=2",
                                          "program.resources.memory=1GiB",
                                          "program.resources.gpus=1"};
  for (const std::string& text : carrying) EXPECT_EQ(of({text}), same) << text;
}

}  // namespace
}  // namespace foundation::job
