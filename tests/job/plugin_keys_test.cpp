#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using testing::HasSubstr;

constexpr std::string_view plugin_job = R"(
[trainset]
file = "grids.csv"
input = "width"
label = ""
[program]
kind = "plugin"
plugin = "build/../solver.so"
[metric]
kind = "value"
)";

class PluginKeys : public JobFile {
 protected:
  [[nodiscard]] std::string problem(const std::vector<std::string>& overrides,
                                    std::string_view text = plugin_job) const {
    try {
      static_cast<void>(load(text, overrides));
    } catch (const core::Error& error) {
      return core::describe(error);
    }
    return "none";
  }
};

TEST_F(PluginKeys, name_a_library_beside_the_job) {
  const Job job = load(plugin_job);
  EXPECT_EQ(job.program.plugin, folder() / "solver.so");
  EXPECT_EQ(job.program.isolate, std::nullopt) << "the program decides: a plugin is isolated";
  EXPECT_EQ(load(plugin_job, {"program.isolate=false"}).program.isolate, false);
}

TEST_F(PluginKeys, need_no_trainset) {
  const Job job =
      load("[program]\nkind = \"plugin\"\nplugin = \"x.so\"\n[metric]\nkind = \"value\"\n");
  EXPECT_EQ(job.split.validation, 1);
}

TEST_F(PluginKeys, come_back_as_they_were) {
  const std::string shown = effective_toml(load(plugin_job));
  EXPECT_EQ(effective_toml(load(shown)), shown);
}

TEST_F(PluginKeys, metrics_are_plugins_too) {
  const Job job =
      load(smallest, {"metric.kind=plugin", "metric.plugin=sub/score.so", "metric.direction=max"});
  EXPECT_EQ(job.metric.plugin, (folder() / "sub/score.so").string());
  EXPECT_TRUE(job.metric.maximise);
  EXPECT_THROW(static_cast<void>(load(smallest, {"metric.kind=plugin"})), core::Error);
}

TEST_F(PluginKeys, what_is_wrong_is_placed) {
  EXPECT_THAT(problem({"program.kind=oscillator", "program.plugin=a.so"}),
              HasSubstr("'plugin' means nothing with kind = \"oscillator\""));
  EXPECT_THAT(problem({}, "[program]\nkind = \"plugin\"\n[metric]\nkind = \"value\"\n"),
              HasSubstr("the mandatory key 'program.plugin' is missing"));
  EXPECT_THAT(problem({"program.isolate=false", "program.cell_timeout=1s"}),
              HasSubstr("only an evaluation in a process of its own can be ended"));
  EXPECT_THAT(problem({},
                      "[program]\nkind = \"command\"\ncommand = [\"true\"]\nisolate = false\n"
                      "[metric]\nkind = \"value\"\n"),
              HasSubstr("a command always runs in a process of its own"));
}

}  // namespace
}  // namespace foundation::job
