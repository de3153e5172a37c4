// The program over the test server.
#include <fstream>

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "lm_stage.hpp"
#include "programs/program.hpp"
#include "tests/endpoints/server_process.hpp"

namespace foundation::programs {
namespace {

using endpoints::ServerProcess;
using endpoints::TemporaryFolder;
using model::CellStatus;
using model::Split;
using testing::HasSubstr;

SplitDataset two_topics() {
  SplitDataset data;
  data.data.input_names = {"text"};
  data.data.label_name = "class";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"trout in rivers", "fish"}, {"owls in nests", "bird"},   {"pike and trout", "fish"},
      {"owls and hawks", "bird"},  {"a trout of mine", "fish"}, {"an owl of mine", "bird"}};
  for (const auto& [text, label] : rows)
    data.data.examples.push_back({.id = text, .inputs = {text}, .label = label, .group = {}});
  data.order[0] = {0, 1, 2, 3};
  data.order[1] = {4, 5};
  return data;
}

class LanguageModel : public testing::Test {
 protected:
  [[nodiscard]] ProgramOptions options(LmStage stage = sorting_stage()) const {
    ProgramOptions made{.kind = "lm"};
    made.lm = pipeline_of({std::move(stage)});
    made.lm.model = "nearest";
    made.lm.client = endpoints::options_for(server.url());
    return made;
  }
  [[nodiscard]] CellOutput run(const ProgramOptions& made, const model::Assignment& assignment,
                               Split split, std::uint32_t position) const {
    const auto program = make_program(made, data);
    const auto prepared =
        program->prepare({.index = 1, .parent = 0, .origin = {}, .assignment = assignment}, data);
    return prepared->run(
        {.example = &data.at(split, position), .split = split, .example_position = position});
  }
  [[nodiscard]] model::Assignment shown(std::vector<std::uint32_t> positions) const {
    model::Assignment assignment = make_program(options(), data)->space().initial();
    assignment.set("sort_demonstrations", model::Demonstrations{std::move(positions)});
    return assignment;
  }
  [[nodiscard]] CellOutput troubled(const std::string& model) const {
    ProgramOptions made = options();
    made.lm.model = "nearest:" + model;
    return run(made, shown({0, 1}), Split::validation, 0);
  }

  ServerProcess server;
  SplitDataset data = two_topics();
};

TEST_F(LanguageModel, answers_by_its_demonstrations) {
  EXPECT_EQ(run(options(), shown({0, 1}), Split::validation, 0).text, "fish");
  EXPECT_EQ(run(options(), shown({0, 1}), Split::validation, 1).text, "fish") << "owl is no owls";
  EXPECT_EQ(run(options(), shown({}), Split::validation, 0).text, "unknown");
}

TEST_F(LanguageModel, an_example_never_shows_itself) {
  EXPECT_EQ(run(options(), shown({0, 1}), Split::train, 0).text, "bird");
  EXPECT_EQ(run(options(), shown({0}), Split::train, 0).text, "unknown");
  EXPECT_EQ(run(options(), shown({0}), Split::train, 2).text, "fish");
}

TEST_F(LanguageModel, its_space_has_what_a_stage_can_vary) {
  LmStage stage = sorting_stage();
  stage.instructions = {"Sort it, and compare all words."};
  const auto space = make_program(options(stage), data)->space();
  ASSERT_EQ(space.parameters().size(), 2U);
  EXPECT_EQ(space.parameters()[0].choices.size(), 2U);
  EXPECT_EQ(space.parameters()[1].high, 16);
  stage.max_demonstrations = 0;
  EXPECT_EQ(make_program(options(stage), data)->space().parameters().size(), 1U);
}

TEST_F(LanguageModel, demonstrations_outside_of_the_train_split_are_refused) {
  EXPECT_THROW(static_cast<void>(run(options(), shown({4}), Split::validation, 0)), core::Error);
}

TEST_F(LanguageModel, chain_of_thought_and_json_answer_the_same) {
  LmStage stage = sorting_stage(LmStage::Kind::chain_of_thought);
  EXPECT_EQ(run(options(stage), shown({0, 1}), Split::validation, 0).text, "fish");
  stage.format = LmFormat::json;
  EXPECT_EQ(run(options(stage), shown({0, 1}), Split::validation, 0).text, "fish");
}

TEST_F(LanguageModel, a_bad_answer_is_repaired_as_often_as_said) {
  EXPECT_EQ(troubled("needs-repair").text, "fish");
  const CellOutput failed = troubled("plain");
  EXPECT_EQ(failed.status, CellStatus::invalid_output);
  EXPECT_THAT(failed.text, HasSubstr("stage 'sort'"));
  EXPECT_THAT(failed.text, HasSubstr("no field is marked in it (after 1 repairs)"));
  EXPECT_EQ(server.stats()["requests"], 4);
}

TEST_F(LanguageModel, failures_are_told_apart) {
  EXPECT_EQ(troubled("length").status, CellStatus::invalid_output);
  EXPECT_THAT(troubled("length").text, HasSubstr("cut at max_tokens = 256"));
  EXPECT_THAT(troubled("blank").text, HasSubstr("cut at max_tokens = 256"));
  EXPECT_EQ(troubled("too-long").status, CellStatus::invalid_output);
  EXPECT_EQ(troubled("peg").status, CellStatus::invalid_output);
  EXPECT_EQ(troubled("500").status, CellStatus::lost);
  EXPECT_EQ(troubled("401").status, CellStatus::blocked);
  EXPECT_THAT(troubled("null-content").text, HasSubstr("it is blank"));
}

TEST_F(LanguageModel, every_trial_has_a_seed_of_its_own) {
  ProgramOptions made = options();
  made.lm.stages[0].temperature = 1;
  const auto program = make_program(made, data);
  const auto prepared =
      program->prepare({.index = 1, .parent = 0, .origin = {}, .assignment = shown({0, 1})}, data);
  int fish = 0;
  std::string first;
  for (std::uint32_t trial = 0; trial < 40; ++trial) {
    const CellInput cell{.example = &data.at(Split::validation, 0), .trial = trial};
    const std::string text = prepared->run(cell).text;
    EXPECT_EQ(prepared->run(cell).text, text);
    fish += text == "fish" ? 1 : 0;
  }
  EXPECT_GT(fish, 20);
  EXPECT_LT(fish, 40);
}

TEST_F(LanguageModel, identity_is_that_of_the_prompts_not_of_endpoints_and_keys) {
  const auto identity = [&](const ProgramOptions& made) {
    return make_program(made, data)->identity();
  };
  const std::string original = identity(options());
  ProgramOptions other = options();
  other.lm.client.endpoints.push_back({.url = "http://elsewhere/v1", .weight = 3});
  other.lm.in_flight = 7;
  other.lm.client.limits.tokens = 5;
  EXPECT_EQ(identity(other), original);
  other.lm.model = "another";
  EXPECT_NE(identity(other), original);
  other = options();
  other.lm.stages[0].temperature = 0.5;
  EXPECT_NE(identity(other), original);
  other = options();
  other.lm.stages[0].inputs[0].description = "two lines";
  EXPECT_NE(identity(other), original);
}

TEST_F(LanguageModel, a_corpus_counts_by_its_content) {
  const TemporaryFolder folder;
  LmStage retrieving{.name = "look_up",
                     .kind = LmStage::Kind::retrieve,
                     .inputs = {{.name = "text"}},
                     .outputs = {{.name = "hints"}},
                     .corpus = folder.path() + "/corpus.jsonl"};
  ProgramOptions made = options();
  made.lm.stages = {retrieving, sorting_stage()};
  made.lm.stages[1].inputs.push_back({.name = "hints"});
  const auto identity = [&](const std::string& line) {
    std::ofstream{retrieving.corpus} << line << "\n";
    return make_program(made, data)->identity();
  };
  const std::string first = identity(R"({"text": "trout are fish"})");
  EXPECT_NE(identity(R"({"text": "trout are birds"})"), first);
  EXPECT_EQ(identity(R"({"text": "trout are fish"})"), first);
  made.lm.answer = "look_up.hints";
  EXPECT_EQ(run(made, shown({0, 1}), Split::validation, 0).text, "[1] trout are fish");
}

TEST_F(LanguageModel, tells_what_it_has_used_once_it_has) {
  const auto program = make_program(options(), data);
  EXPECT_EQ(program->usage(), "");
  EXPECT_EQ(program->cells_under_way(), 64U);
  const auto prepared =
      program->prepare({.index = 1, .parent = 0, .origin = {}, .assignment = shown({0})}, data);
  static_cast<void>(prepared->run({.example = &data.at(Split::validation, 0)}));
  EXPECT_THAT(program->usage(), HasSubstr("1 requests"));
}

}  // namespace
}  // namespace foundation::programs
