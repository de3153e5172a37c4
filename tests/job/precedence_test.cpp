#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using testing::HasSubstr;

class Precedence : public JobFile {
 protected:
  ~Precedence() override {
    unsetenv("FOUNDATION_EXECUTION_SLOTS");
    unsetenv("FOUNDATION_STRATEGY_KIND");
  }
};

TEST_F(Precedence, goes_from_default_to_command_line) {
  EXPECT_FALSE(load(smallest).execution.slots);
  write("[execution]\nslots = 1\n", "home/foundation/config.toml");
  EXPECT_EQ(load(smallest).execution.slots, 1U);
  const std::string in_file = std::string{smallest} + "[execution]\nslots = 2\n";
  EXPECT_EQ(load(in_file).execution.slots, 2U);
  setenv("FOUNDATION_EXECUTION_SLOTS", "3", 1);
  EXPECT_EQ(load(in_file).execution.slots, 3U);
  EXPECT_EQ(load(in_file, {"execution.slots=4"}).execution.slots, 4U);
  EXPECT_EQ(load(in_file, {"execution.slots=4", "execution.slots=auto"}).execution.slots,
            std::nullopt);
}

TEST_F(Precedence, takes_plain_words_from_environment_and_command_line) {
  setenv("FOUNDATION_STRATEGY_KIND", "random", 1);
  const Job job = load(smallest, {"execution.chunk_target=1h30m", "budget.evaluations=10k"});
  EXPECT_EQ(job.strategy.kind, "random");
  EXPECT_EQ(job.execution.chunk_target, std::chrono::minutes{90});
  EXPECT_EQ(job.trajectory.budget, 10'000U);
}

TEST_F(Precedence, names_the_environment_variable_in_errors) {
  setenv("FOUNDATION_EXECUTION_SLOTS", "many", 1);
  try {
    static_cast<void>(load(smallest));
    FAIL() << "accepted";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.place().file, "environment variable FOUNDATION_EXECUTION_SLOTS");
  }
}

TEST_F(Precedence, changes_single_parameters) {
  const Job job = load(std::string{smallest} + "[program.parameters]\na = 1\nb = 2\n",
                       {"program.parameters.b=3"});
  ASSERT_EQ(job.parameters.size(), 2U);
  EXPECT_EQ(job.parameters[0].fixed, model::Value{std::int64_t{1}});
  EXPECT_EQ(job.parameters[1].fixed, model::Value{std::int64_t{3}});
}

TEST_F(Precedence, keeps_jobs_out_of_the_user_file) {
  write("[strategy]\nheat = 4\n", "home/foundation/config.toml");
  try {
    static_cast<void>(load(smallest));
    FAIL() << "accepted";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("[strategy] cannot be set for all jobs of a user"));
    EXPECT_THAT(error.place().file, HasSubstr("config.toml"));
  }
}

}  // namespace
}  // namespace foundation::job
