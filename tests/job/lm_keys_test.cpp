#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string pipeline = R"(
[trainset]
file = "data.jsonl"
input = ["text", "title"]
label = "class"
[program]
kind = "lm"
model = "small"
answer_field = "sort.class"
repairs = 2
in_flight = 96
[[program.stages]]
name = "look_up"
kind = "retrieve"
inputs = "text"
outputs = "hints"
corpus = "passages.jsonl"
passages = 5
[[program.stages]]
name = "sort"
kind = "chain_of_thought"
inputs = ["text", {name = "hints", description = "what is known"}]
outputs = [{name = "class", description = "one word"}]
instruction = "Sort it."
instructions = ["Sort it well."]
max_demonstrations = 8
temperature = 0.5
format = "json"
[[program.endpoints]]
url = "http://localhost:8080/v1"
[[program.endpoints]]
url = "https://host/v1"
weight = 2
api_key_file = "key"
[program.limits]
requests_per_minute = 600
tokens_per_minute = 1e6
cost = 2.5
input_price = 0.15
output_price = 0.6
deadline = "5m"
tokens = "2M"
request_timeout = "30s"
)";

class LmKeys : public JobFile {
 protected:
  [[nodiscard]] std::string problem(const std::string& from, const std::string& to) const {
    std::string text = pipeline;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    try {
      static_cast<void>(load(text));
    } catch (const core::Error& error) {
      EXPECT_NE(error.place().line, 0U) << error.what();
      return core::describe(error);
    }
    return "none";
  }
};

TEST_F(LmKeys, describe_a_pipeline) {
  const Job job = load(pipeline);
  const programs::LmOptions& lm = job.program.lm;
  ASSERT_EQ(lm.stages.size(), 2U);
  EXPECT_EQ(lm.stages[0].kind, programs::LmStage::Kind::retrieve);
  EXPECT_EQ(lm.stages[0].passages, 5U);
  EXPECT_TRUE(lm.stages[0].corpus.starts_with('/'));
  EXPECT_EQ(lm.stages[1].inputs[1].description, "what is known");
  EXPECT_EQ(lm.stages[1].max_demonstrations, 8U);
  EXPECT_EQ(lm.stages[1].max_tokens, 256U);
  EXPECT_EQ(lm.stages[1].format, programs::LmFormat::json);
  EXPECT_EQ(lm.client.endpoints[1].weight, 2);
  EXPECT_TRUE(lm.client.endpoints[1].api_key_file.ends_with("/key"));
  EXPECT_EQ(lm.client.limits.requests_per_minute, 600);
  EXPECT_EQ(lm.client.limits.tokens, 2'000'000U);
  EXPECT_EQ(lm.client.request_timeout, std::chrono::seconds{30});
  EXPECT_EQ(lm.client.limits.tokens_per_minute, 1e6);
  EXPECT_EQ(lm.client.limits.cost, 2.5);
  EXPECT_EQ(lm.client.limits.input_price, 0.15);
  EXPECT_EQ(lm.client.limits.output_price, 0.6);
  EXPECT_EQ(lm.client.deadline, std::chrono::minutes{5});
  EXPECT_EQ(lm.answer, "sort.class");
  EXPECT_EQ(lm.repairs, 2U);
  EXPECT_EQ(lm.in_flight, 96U);
}

TEST_F(LmKeys, leaves_no_key_untested) {
  for (const KeyInfo& info : known_keys()) {
    const bool has_tests_of_its_own =
        info.key == "stages" || info.key == "endpoints" || info.key == "cache";
    if (info.only_with.front().values != "lm" || has_tests_of_its_own) continue;
    EXPECT_THAT(pipeline, HasSubstr(std::string{info.key} + " = ")) << info.section;
  }
}

TEST_F(LmKeys, come_back_as_they_were) {
  const std::string text = effective_toml(load(pipeline));
  EXPECT_EQ(effective_toml(load(text)), text);
}

TEST_F(LmKeys, a_judge_asks_where_the_program_does) {
  const Job job = load(pipeline, {"metric.kind=judge", "metric.criteria=Short answers are better.",
                                  "metric.max_tokens=99"});
  const programs::JudgeOptions& judge = job.metric.judge;
  EXPECT_EQ(judge.criteria, "Short answers are better.");
  EXPECT_EQ(judge.model, job.program.lm.model);
  EXPECT_EQ(judge.max_tokens, 99U);
  EXPECT_EQ(judge.client.endpoints.size(), 2U);
  EXPECT_EQ(judge.client.limits.cost, 2.5);
  EXPECT_EQ(judge.client.cache_folder, job.program.lm.client.cache_folder);
  EXPECT_EQ(judge.repairs, 2U);
  EXPECT_EQ(load(pipeline, {"metric.kind=judge", "metric.criteria=x", "metric.model=big"})
                .metric.judge.model,
            "big");
}

TEST_F(LmKeys, other_programs_have_judges_too) {
  const std::vector<std::string> judged{"metric.kind=judge", "metric.criteria=x", "metric.model=m",
                                        "program.endpoints=[{url = \"http://localhost:1/v1\"}]",
                                        "program.limits.cost=3"};
  const Job job = load(smallest, judged);
  EXPECT_EQ(job.metric.judge.client.endpoints.size(), 1U);
  EXPECT_EQ(job.metric.judge.client.limits.cost, 3);
  const auto without = [&](std::size_t number) {
    std::vector<std::string> rest = judged;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(number));
    try {
      static_cast<void>(load(smallest, rest));
    } catch (const core::Error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  EXPECT_THAT(without(1), HasSubstr("needs the key 'criteria'"));
  EXPECT_THAT(without(2), HasSubstr("the judge has no model"));
  EXPECT_THAT(without(3), HasSubstr("the judge has nobody to ask"));
}

TEST_F(LmKeys, the_cache_lies_beside_the_runs_unless_it_is_put_elsewhere) {
  EXPECT_EQ(load(pipeline).lm_cache, folder() / "lm-cache");
  EXPECT_EQ(load(pipeline, {"run.folder=/data/runs"}).lm_cache, "/data/lm-cache");
  EXPECT_EQ(load(pipeline, {"program.cache=/elsewhere"}).program.lm.client.cache_folder,
            "/elsewhere");
  EXPECT_EQ(load(pipeline, {"program.cache=none"}).program.lm.client.cache_folder, "");
}

TEST_F(LmKeys, what_is_wrong_is_placed) {
  EXPECT_THAT(problem("passages = 5", "passage = 5"),
              AllOf(HasSubstr("unknown key 'passage' of a stage"),
                    HasSubstr("did you mean 'passages'?"), HasSubstr("job.toml:18:1")));
  EXPECT_THAT(problem("passages = 5", "max_tokens = 5"),
              HasSubstr("'max_tokens' means nothing to a stage of kind 'retrieve'"));
  EXPECT_THAT(problem("temperature = 0.5", "temperature = \"hot\""),
              HasSubstr("'temperature' must be a number"));
  EXPECT_THAT(problem("\"chain_of_thought\"", "\"chain_of_thougt\""),
              HasSubstr("did you mean 'chain_of_thought'?"));
  EXPECT_THAT(problem("inputs = \"text\"", "inputs = \"txet\""),
              HasSubstr("the stage 'look_up' reads 'txet'"));
  EXPECT_THAT(problem("weight = 2", "weight = 0"), HasSubstr("'weight' must be above 0"));
  EXPECT_THAT(problem("weight = 2", "api_key = \"secret\""),
              AllOf(HasSubstr("unknown key 'api_key'"), HasSubstr("api_key_env"),
                    Not(HasSubstr("secret"))));
  EXPECT_THAT(problem("weight = 2", "api_key_env = \"KEY\""), HasSubstr("has two API keys"));
  EXPECT_THAT(problem("requests_per_minute = 600", "requests_per_minute = 0"),
              HasSubstr("'requests_per_minute' must be above 0"));
  EXPECT_THAT(problem("kind = \"lm\"", "kind = \"nothing\""),
              HasSubstr("means nothing with kind = \"nothing\""));
}

TEST_F(LmKeys, of_the_writer_mean_something_to_strategies_that_have_texts_written) {
  const auto of = [&](std::vector<std::string> overrides) {
    overrides.push_back("strategy.kind=copro");
    return load(pipeline, overrides);
  };
  const auto identity_of = [&](const std::string& override) {
    return identity(of({override}), model::Space{}, "lm 1", {1, 2});
  };
  EXPECT_FALSE(load(pipeline).program.lm.writer.is_asked);
  const Job job = of({"program.writer_model=large", "program.writer_temperature=0.75",
                      "program.writer_max_tokens=512"});
  EXPECT_TRUE(job.program.lm.writer.is_asked);
  EXPECT_EQ(job.program.lm.writer.model, "large");
  EXPECT_EQ(job.program.lm.writer.temperature, 0.75);
  EXPECT_EQ(job.program.lm.writer.max_tokens, 512U);
  const std::string text = effective_toml(job);
  EXPECT_THAT(text, HasSubstr("writer_temperature = 0.75"));
  EXPECT_EQ(effective_toml(load(text)), text);
  const core::Digest first = identity_of("program.writer_model=''");
  EXPECT_NE(identity_of("program.writer_model=larger"), first);
  EXPECT_NE(identity_of("program.writer_temperature=0"), first);
  EXPECT_NE(identity_of("program.writer_max_tokens=9"), first);
  EXPECT_THAT(problem("in_flight = 96", "writer_model = \"large\""),
              HasSubstr("'writer_model' means nothing with strategy.kind = "
                        "\"bootstrap_random_search\""));
}

TEST_F(LmKeys, of_the_writer_mean_nothing_to_other_programs) {
  const std::string command =
      "[program]\nkind = \"command\"\nmode = \"persistent\"\ncommand = [\"/bin/true\"]\n"
      "writer_model = \"large\"\n[program.parameters]\nx = {kind = \"text\", choices = [\"a\"]}\n"
      "[metric]\nkind = \"value\"\n[strategy]\nkind = \"copro\"\n";
  try {
    static_cast<void>(load(command));
    ADD_FAILURE() << "accepted";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'writer_model' means nothing with kind = \"command\""));
  }
}

TEST_F(LmKeys, of_the_writer_name_every_such_strategy) {
  const auto keys = known_keys();
  const auto key = std::ranges::find(keys, "writer_model", &KeyInfo::key);
  for (const std::string_view kind : optimize::strategy_kinds()) {
    const bool is_named = (" " + std::string{key->only_with.front().values} + " ")
                              .find(" " + std::string{kind} + " ") != std::string::npos;
    EXPECT_EQ(is_named, optimize::reads_texts(kind)) << kind;
  }
}

TEST_F(LmKeys, open_texts_only_where_they_may_be_written) {
  const model::Parameter instruction{.name = "sort_instruction",
                                     .kind = model::ParameterKind::text,
                                     .low = 0,
                                     .high = 0,
                                     .choices = {"a", "b"},
                                     .open = true,
                                     .initial = std::string{"a"},
                                     .conditions = {},
                                     .description = {}};
  const model::Space program{std::vector{instruction}};
  const auto is_open = [&](const std::vector<std::string>& overrides) {
    const model::Space space = effective_space(load(pipeline, overrides), program);
    return space.find("sort_instruction")->open;
  };
  EXPECT_FALSE(is_open({}));
  EXPECT_TRUE(is_open({"strategy.kind=copro"}));
  EXPECT_FALSE(is_open({"strategy.kind=copro", "program.parameters={sort_instruction = 'b'}"}))
      << "fixed";
  EXPECT_NE(effective_space(load(pipeline), program).digest(),
            effective_space(load(pipeline, {"strategy.kind=copro"}), program).digest());
}

TEST_F(LmKeys, endpoints_and_file_names_do_not_make_another_job) {
  const auto of = [&](const std::vector<std::string>& overrides) {
    return identity(load(pipeline, overrides), model::Space{}, "lm 1", {1, 2});
  };
  const core::Digest first = of({});
  EXPECT_EQ(of({"program.endpoints=[{url = 'http://other/v1'}]"}), first);
  EXPECT_EQ(of({"program.in_flight=5"}), first);
  EXPECT_EQ(of({"program.limits.tokens=none"}), first);
  EXPECT_NE(of({"program.model=large"}), first);
  EXPECT_NE(of({"program.repairs=0"}), first);
}

}  // namespace
}  // namespace foundation::job
