#include <algorithm>
#include <array>
#include <map>

#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LoadJob : public JobFile {};

TEST_F(LoadJob, needs_four_keys_only) {
  const Job job = load(smallest);
  EXPECT_EQ(job.name, "job");
  EXPECT_EQ(job.trainset.file, (folder() / "data.jsonl").string());
  EXPECT_THAT(job.trainset.inputs, ElementsAre("text"));
  EXPECT_EQ(job.runs_folder, folder() / "runs");
  EXPECT_EQ(job.strategy.candidates, 32U);
}

TEST_F(LoadJob, documents_the_defaults_it_uses) {
  const Job job = load(smallest);
  std::map<std::string, std::string> shown;
  for (const EffectiveKey& key : effective_keys(job)) {
    shown[std::string{key.section} + "." + std::string{key.key}] = key.value;
  }
  shown["run.folder"] = "\"runs\"";
  for (const KeyInfo& info : known_keys()) {
    const std::string path = std::string{info.section} + "." + std::string{info.key};
    if (info.default_text.empty() || path == "job.name" || !shown.contains(path)) continue;
    EXPECT_EQ(shown[path], info.default_text) << path;
  }
}

TEST_F(LoadJob, documents_every_kind) {
  std::map<std::string_view, std::string_view> help;
  for (const KeyInfo& info : known_keys()) {
    if (info.key == "kind") help[info.section] = info.help;
  }
  for (const auto kind : programs::program_kinds()) {
    EXPECT_THAT(help["program"], HasSubstr("`" + std::string{kind} + "`"));
  }
  for (const auto kind : programs::metric_kinds()) {
    EXPECT_THAT(help["metric"], HasSubstr("`" + std::string{kind} + "`"));
  }
  for (const auto kind : optimize::strategy_kinds()) {
    EXPECT_THAT(help["strategy"], HasSubstr("`" + std::string{kind} + "`"));
  }
}

constexpr std::string_view every_key = R"(
[job]
name = "my-job"
seed = 7
[trainset]
file = "sub/data.csv"
format = "csv"
input = ["a", "b"]
label = "class"
weight = "w"
id = "name"
group = "author"
skip_bad_lines = true
[trainset.split]
train = 0.25
validation = 0.25
test = 0.5
stratify = false
[program]
kind = "sleep"
trials = 3
constraints = ["a + 2*b <= 10", "b >= 1"]
isolate = true
cell_timeout = "2s"
sleep_mean = "1500us"
sleep_sigma = 0.5
sleep_mistakes = 0.25
[program.parameters]
a = {low = 1, high = 2.5}
b = 3
c = {choices = ["x", "y"], initial = "y"}
d = true
"odd name" = "with \"quotes\""
[[program.starting_points]]
a = 1.5
[[program.starting_points]]
a = 2
demonstrations = [1, 5]
[program.resources]
cores = 3
memory = "4GiB"
gpus = 1
[metric]
kind = "macro_f1"
weighted = true
[strategy]
kind = "tpe"
candidates = 1_000
labeled = 2
startup = 7
draws = 99
racing = "paired"
heat = 4
first_rung = 0.2
growth = 3
confidence = 0.9
margin = 0.02
lookahead = 9
target = 0.9
patience = 7
[budget]
evaluations = "10k"
[execution]
slots = 4
max_workers = 40
min_workers_per_node = 2
chunk_target = "1h30m"
publish_interval = "7ns"
progress_interval = "00:00:10"
liveness = "tcp"
heartbeat_timeout = "3s"
keep_outputs = true
end_margin = "5m"
[run]
folder = "elsewhere"
)";

/// Keys that mean something with another kind of strategy or race only.
const std::vector<std::string> of_bootstraps{"strategy.kind=bootstrap_random_search",
                                             "strategy.racing=halving", "strategy.bootstrapped=1",
                                             "strategy.success_threshold=0.7", "strategy.keep=0.4"};
const std::vector<std::string> of_grids{"strategy.kind=grid", "strategy.levels=7"};
const std::vector<std::string> of_evolution{"strategy.kind=cma_es", "strategy.population=40",
                                            "strategy.initial_step=0.25"};
const std::vector<std::string> of_pools{"strategy.kind=beacon", "strategy.instructions=0",
                                        "strategy.demonstration_sets=5",
                                        "strategy.acquisition=ucb"};
const std::vector<std::string> of_reflection{"strategy.kind=gepa", "strategy.minibatch=5",
                                             "strategy.merge_every=3"};
const std::vector<std::string> of_minibatches{"strategy.kind=simba", "strategy.minibatch=20",
                                              "strategy.trajectories=2"};

std::string with(std::string_view text, std::string_view old, std::string_view replacement) {
  std::string changed{text};
  changed.replace(changed.find(old), old.size(), replacement);
  return changed;
}

TEST_F(LoadJob, reads_every_key) {
  const Job job = load(with(every_key, "7ns", "7ms"));
  EXPECT_EQ(job.name, "my-job");
  EXPECT_EQ(job.seed, 7U);
  EXPECT_EQ(job.program.seed, 7U);
  EXPECT_EQ(job.strategy.seed, 7U);
  EXPECT_EQ(job.trainset.file, (folder() / "sub/data.csv").string());
  EXPECT_EQ(job.trainset.format, programs::DataFormat::csv);
  EXPECT_THAT(job.trainset.inputs, ElementsAre("a", "b"));
  EXPECT_TRUE(job.trainset.skip_bad_lines);
  EXPECT_EQ(job.split.test, 0.5);
  EXPECT_FALSE(job.split.stratify);
  EXPECT_EQ(job.trials, 3U);
  EXPECT_EQ(job.program.sleep_mean_s, 0.0015);
  EXPECT_THAT(job.constraints, ElementsAre("a + 2*b <= 10", "b >= 1"));
  ASSERT_EQ(job.parameters.size(), 5U);
  ASSERT_EQ(job.starting_points.size(), 2U);
  EXPECT_EQ(job.starting_points[0].real("a"), 1.5);
  EXPECT_THAT(job.starting_points[1].demonstrations("demonstrations").positions, ElementsAre(1, 5));
  EXPECT_TRUE(job.metric.weighted);
  EXPECT_EQ(job.strategy.candidates, 1000U);
  EXPECT_EQ(job.strategy.startup, 7U);
  EXPECT_EQ(job.strategy.draws, 99U);
  EXPECT_EQ(job.trajectory.race.racing, optimize::Racing::paired);
  EXPECT_EQ(job.trajectory.race.growth, 3);
  EXPECT_EQ(job.trajectory.race.confidence, 0.9);
  EXPECT_EQ(job.trajectory.race.margin, 0.02);
  EXPECT_EQ(job.trajectory.lookahead, 9U);
  EXPECT_EQ(job.trajectory.target, 0.9);
  EXPECT_EQ(job.trajectory.budget, 10'000U);
  EXPECT_EQ(job.execution.slots, 4U);
  EXPECT_EQ(job.execution.max_workers, 40U);
  EXPECT_EQ(job.execution.min_workers_per_node, 2U);
  EXPECT_EQ(job.resources.cores, 3U);
  EXPECT_EQ(job.resources.memory_bytes, std::uint64_t{4} << 30);
  EXPECT_EQ(job.resources.gpus, 1U);
  EXPECT_EQ(job.execution.chunk_target, std::chrono::minutes{90});
  EXPECT_EQ(job.execution.progress_interval, std::chrono::seconds{10});
  EXPECT_EQ(job.execution.liveness, Watching::tcp);
  EXPECT_EQ(job.execution.heartbeat_timeout, std::chrono::seconds{3});
  EXPECT_EQ(job.execution.end_margin, std::chrono::minutes{5});
  EXPECT_EQ(job.runs_folder, folder() / "elsewhere");
}

TEST_F(LoadJob, reads_the_keys_of_each_kind) {
  const Job bootstraps = load(smallest, of_bootstraps);
  EXPECT_EQ(bootstraps.strategy.bootstrapped, 1U);
  EXPECT_EQ(bootstraps.strategy.success_threshold, 0.7);
  EXPECT_EQ(bootstraps.trajectory.race.keep, 0.4);
  EXPECT_EQ(load(smallest, of_grids).strategy.levels, 7U);
  const Job evolution = load(smallest, of_evolution);
  EXPECT_EQ(evolution.strategy.population, 40U);
  EXPECT_EQ(evolution.strategy.initial_step, 0.25);
  const Job pools = load(smallest, of_pools);
  EXPECT_EQ(pools.strategy.instructions, 0U);
  EXPECT_EQ(pools.strategy.demonstration_sets, 5U);
  EXPECT_EQ(pools.strategy.acquisition, optimize::Acquisition::confidence_bound);
  const Job nearer = load(smallest, {"strategy.kind=gp_ei", "strategy.acquisition=pi"});
  EXPECT_EQ(nearer.strategy.acquisition, optimize::Acquisition::probability_of_improvement);
  const Job reflection = load(smallest, of_reflection);
  EXPECT_EQ(reflection.strategy.minibatch, 5U);
  EXPECT_EQ(reflection.strategy.merge_every, 3U);
  EXPECT_EQ(load(smallest, of_minibatches).strategy.trajectories, 2U);
}

TEST_F(LoadJob, refuses_keys_that_mean_nothing) {
  const auto complaint = [this](const std::vector<std::string>& overrides,
                                std::string_view further) {
    try {
      static_cast<void>(load(std::string{smallest} + std::string{further}, overrides));
    } catch (const core::Error& error) {
      return std::string{error.what()} + " | " + std::string{error.hint()};
    }
    return std::string{};
  };
  EXPECT_EQ(
      complaint({"strategy.levels=7"}, ""),
      "'levels' means nothing with kind = \"bootstrap_random_search\" | remove it, or set kind "
      "= \"grid\"");
  EXPECT_EQ(
      complaint({}, "[strategy]\nracing = \"asha\"\nmargin = 0.1\n"),
      "'margin' means nothing with racing = \"asha\" | remove it, or set racing = \"paired\"");
  EXPECT_THAT(complaint({}, "[program.limits]\ntime = \"1s\"\n"),
              HasSubstr("'time' means nothing with program.kind = \"text_classifier\""));
  EXPECT_EQ(complaint({}, "[strategy]\nracing = \"none\"\nmargin = 0.1\nheat = 8\n"), "");
  // The file is written for its own kind; another one from outside leaves it as it is.
  const std::string grid = "[strategy]\nkind = \"grid\"\nlevels = 7\n";
  EXPECT_EQ(complaint({"strategy.kind=random"}, grid), "");
  EXPECT_THAT(complaint({"strategy.kind=random", "strategy.levels=3"}, grid),
              HasSubstr("'levels' means nothing with kind = \"random\""));
}

TEST_F(LoadJob, documents_what_keys_are_limited_to) {
  const auto help = [](std::string_view name) {
    const auto keys = known_keys();
    return help_of(*std::ranges::find(keys, name, &KeyInfo::key));
  };
  EXPECT_THAT(help("levels"), testing::StartsWith("Kind `grid` only: values"));
  EXPECT_THAT(help("startup"),
              testing::StartsWith("Kind `tpe`, `gp_ei`, `mipro` or `beacon` only: "));
  EXPECT_THAT(help("heat"),
              testing::StartsWith("Racing `halving`, `paired` or `friedman` or kind "));
  EXPECT_THAT(help("writer_model"), testing::StartsWith("Strategy `copro`, `mipro`, "));
  EXPECT_THAT(help("seed"), testing::StartsWith("Seed of all"));
}

TEST_F(LoadJob, leaves_no_key_untested) {
  for (const KeyInfo& info : known_keys()) {
    if (info.key == "parameters" || info.key == "starting_points") continue;  // tables
    const std::string path = std::string{info.section} + "." + std::string{info.key} + "=";
    const bool of_command = std::ranges::any_of(
        command_overrides, [&](std::string_view it) { return it.starts_with(path); });
    if (of_command) continue;                                      // command_job_test.cpp
    if (info.only_with.front().values == "lm") continue;           // lm_keys_test.cpp
    if (info.key.starts_with("writer_")) continue;                 // likewise
    if (info.key == "plugin") continue;                            // plugin_keys_test.cpp
    if (info.section == "objectives") continue;                    // objective_keys_test.cpp
    if (info.section == "budget" && info.key == "cost") continue;  // likewise
    if (info.only_with.front().values == "judge") continue;        // lm_keys_test.cpp
    const bool of_a_kind =
        std::ranges::any_of(std::array{&of_bootstraps, &of_grids, &of_evolution, &of_pools,
                                       &of_reflection, &of_minibatches},
                            [&](const auto* overrides) {
                              return std::ranges::any_of(
                                  *overrides, [&](const auto& it) { return it.starts_with(path); });
                            });
    if (of_a_kind) continue;
    EXPECT_THAT(every_key, HasSubstr(std::string{info.key} + " = ")) << info.section;
  }
}

TEST_F(LoadJob, loads_its_own_effective_text) {
  for (const std::string& text : {std::string{smallest}, with(every_key, "7ns", "7ms")}) {
    const Job first = load(text);
    const std::string effective = effective_toml(first);
    const Job second = load_job(write(effective, "other/place.toml"));
    EXPECT_EQ(effective_toml(second), effective);
  }
}

TEST_F(LoadJob, has_shorter_heats_where_each_candidate_teaches) {
  for (const std::string strategy : {"cma_es", "tpe", "gp_ei", "mipro", "beacon"}) {
    const std::string kind = "strategy.kind=" + strategy;
    const Job job = load(smallest, {kind});
    EXPECT_EQ(job.trajectory.race.heat, 4U);
    EXPECT_EQ(job.trajectory.lookahead, 8U);
    EXPECT_GE(job.strategy.candidates, job.strategy.startup + 2 * job.trajectory.lookahead);
    EXPECT_EQ(load(smallest, {kind, "strategy.heat=9"}).trajectory.lookahead, 18U);
    EXPECT_EQ(load(smallest, {kind, "strategy.lookahead=6"}).trajectory.race.heat, 3U);
    EXPECT_EQ(load(smallest, {kind, "strategy.lookahead=40"}).trajectory.race.heat, 4U);
  }
}

TEST_F(LoadJob, has_defaults_of_its_own_for_irace) {
  const Job job = load(smallest, {"strategy.kind=irace", "strategy.heat=10"});
  EXPECT_EQ(job.trajectory.race.racing, optimize::Racing::friedman);
  EXPECT_EQ(job.trajectory.lookahead, 10U);
  EXPECT_EQ(job.strategy.iteration, 10U);
  EXPECT_TRUE(job.trajectory.proposes_by_heats);
  const Job given =
      load(smallest, {"strategy.kind=irace", "strategy.racing=paired", "strategy.lookahead=20"});
  EXPECT_EQ(given.trajectory.race.racing, optimize::Racing::paired);
  EXPECT_EQ(given.trajectory.lookahead, 20U);
  EXPECT_FALSE(load(smallest).trajectory.proposes_by_heats);
}

TEST_F(LoadJob, looks_one_heat_ahead_where_heats_teach) {
  for (const char* kind : {"copro", "gepa", "simba"}) {
    const Job job = load(smallest, {std::string{"strategy.kind="} + kind, "strategy.heat=10"});
    EXPECT_EQ(job.trajectory.race.racing, optimize::Racing::halving);
    EXPECT_EQ(job.trajectory.lookahead, 10U);
    EXPECT_EQ(job.strategy.iteration, 10U);
    EXPECT_TRUE(job.trajectory.proposes_by_heats);
  }
  EXPECT_FALSE(load(smallest, {"strategy.kind=mipro"}).trajectory.proposes_by_heats);
}

TEST_F(LoadJob, never_merges_where_that_is_asked_for) {
  const Job job = load(smallest, {"strategy.kind=gepa", "strategy.merge_every=never"});
  EXPECT_EQ(job.strategy.merge_every, 0U);
  EXPECT_EQ(job.strategy.minibatch, std::nullopt);
  EXPECT_THAT(effective_toml(job), HasSubstr("merge_every = \"never\""));
  EXPECT_THAT(effective_toml(job), HasSubstr("minibatch = \"auto\""));
}

TEST_F(LoadJob, notes_where_values_come_from) {
  const Job job = load(smallest, {"strategy.candidates=64"});
  std::map<std::string, std::string> origins;
  for (const EffectiveKey& key : effective_keys(job)) {
    origins[std::string{key.section} + "." + std::string{key.key}] = key.origin;
  }
  EXPECT_EQ(origins["trainset.input"], (folder() / "job.toml").string() + ":3");
  EXPECT_EQ(origins["strategy.candidates"], "command line");
  EXPECT_EQ(origins["strategy.heat"], "default");
}

TEST_F(LoadJob, makes_a_folder_name_of_the_file_name) {
  EXPECT_EQ(load_job(write(smallest, "my job (2).toml")).name, "my-job--2-");
  EXPECT_EQ(load_job(write(smallest, ".toml")).name, "job.toml");
}

TEST(ConfigFolder, holds_jobs_that_load) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{FOUNDATION_CONFIG_FOLDER}) {
    if (entry.path().extension() != ".toml") continue;
    EXPECT_NO_THROW(static_cast<void>(load_job(entry.path()))) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 2);
}

}  // namespace
}  // namespace foundation::job
