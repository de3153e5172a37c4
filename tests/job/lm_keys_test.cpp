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
