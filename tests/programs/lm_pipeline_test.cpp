#include <gmock/gmock.h>

#include "core/error.hpp"
#include "lm_stage.hpp"

namespace foundation::programs {
namespace {

using detail::Pipeline;
using detail::resolve;
using testing::HasSubstr;

std::string problem_of(const LmOptions& options) {
  try {
    check_lm_stages(options, text_field, "class");
  } catch (const core::Error& error) {
    return std::string{error.what()} + "; " + error.hint();
  }
  return "none";
}

LmStage looking_up() {
  return {.name = "look_up",
          .kind = LmStage::Kind::retrieve,
          .inputs = {{.name = "text"}},
          .outputs = {{.name = "hints"}},
          .corpus = "passages.jsonl"};
}

TEST(Pipeline, one_stage_shows_the_label_where_the_answer_is_asked_for) {
  const Pipeline pipeline = resolve(pipeline_of({sorting_stage()}), text_field, "class");
  const detail::PipelineStage& stage = pipeline.stages.front();
  EXPECT_EQ(pipeline.answer.stage, 0U);
  EXPECT_EQ(pipeline.answer.field, 0U);
  EXPECT_FALSE(stage.sources.front().stage.has_value());
  ASSERT_TRUE(stage.outputs.front().shown.has_value());
  EXPECT_FALSE(stage.outputs.front().shown->input.has_value());
  EXPECT_EQ(stage.instruction_parameter, "sort_instruction");
  EXPECT_EQ(stage.demonstrations_parameter, "sort_demonstrations");
}

TEST(Pipeline, chain_of_thought_reasons_first_and_answers_with_its_own_output) {
  const Pipeline pipeline =
      resolve(pipeline_of({sorting_stage(LmStage::Kind::chain_of_thought)}), text_field, "class");
  EXPECT_EQ(pipeline.stages[0].outputs[0].name, "reasoning");
  EXPECT_FALSE(pipeline.stages[0].outputs[0].shown.has_value());
  EXPECT_EQ(pipeline.answer.field, 1U);
}

TEST(Pipeline, later_stages_read_earlier_ones) {
  LmStage last = sorting_stage();
  last.name = "decide";
  last.inputs = {{.name = "text"}, {.name = "hints"}, {.name = "sort.class"}};
  last.outputs = {{.name = "topic"}};
  const Pipeline pipeline =
      resolve(pipeline_of({looking_up(), sorting_stage(), last}), text_field, "class");
  const auto& sources = pipeline.stages[2].sources;
  EXPECT_FALSE(sources[0].stage.has_value());
  EXPECT_EQ(sources[1].stage, 0U);
  EXPECT_EQ(sources[2].stage, 1U);
  EXPECT_EQ(pipeline.stages[2].inputs[2].name, "class");
  EXPECT_TRUE(pipeline.stages[2].inputs[2].shown.has_value()) << "its source shows the label";
  EXPECT_FALSE(pipeline.stages[2].inputs[1].shown.has_value()) << "no example has hints";
  EXPECT_TRUE(pipeline.stages[0].demonstrations_parameter.empty());
  EXPECT_EQ(pipeline.stages[1].demonstrations_parameter, "sort_demonstrations");
}

TEST(Pipeline, a_stage_whose_outputs_no_example_has_gets_no_demonstrations) {
  LmStage middle = sorting_stage();
  middle.name = "summarise";
  middle.outputs = {{.name = "summary"}};
  LmStage last = sorting_stage();
  last.inputs = {{.name = "summary"}};
  Pipeline pipeline = resolve(pipeline_of({middle, last}), text_field, "class");
  EXPECT_TRUE(pipeline.stages[0].demonstrations_parameter.empty());
  middle.outputs[0].shows = "text";
  pipeline = resolve(pipeline_of({middle, last}), text_field, "class");
  EXPECT_EQ(pipeline.stages[0].demonstrations_parameter, "summarise_demonstrations");
}

TEST(Pipeline, the_answer_can_be_chosen) {
  LmStage first = sorting_stage();
  LmStage last = sorting_stage();
  last.name = "explain";
  last.outputs = {{.name = "why"}};
  LmOptions options = pipeline_of({first, last});
  options.answer = "sort.class";
  EXPECT_EQ(resolve(options, text_field, "class").answer.stage, 0U);
  options.answer = "sort.clas";
  EXPECT_THAT(problem_of(options), HasSubstr("the answer is to be 'sort.clas'"));
}

TEST(Pipeline, what_does_not_fit_together_is_named) {
  EXPECT_THAT(problem_of(pipeline_of({})), HasSubstr("has no stages"));
  const auto with = [](auto change) {
    LmStage stage = sorting_stage();
    change(stage);
    return problem_of(pipeline_of({stage}));
  };
  EXPECT_EQ(with([](LmStage&) {}), "none");
  EXPECT_THAT(with([](LmStage& it) { it.name = "a b"; }), HasSubstr("'a b' is no name"));
  EXPECT_THAT(with([](LmStage& it) { it.inputs = {{.name = "tect"}}; }),
              HasSubstr("reads 'tect', which is neither"));
  EXPECT_THAT(with([](LmStage& it) { it.inputs = {{.name = "tect"}}; }),
              HasSubstr("did you mean 'text'?"));
  EXPECT_THAT(with([](LmStage& it) { it.inputs.clear(); }), HasSubstr("reads no field"));
  EXPECT_THAT(with([](LmStage& it) { it.outputs.clear(); }), HasSubstr("fills no field"));
  EXPECT_THAT(with([](LmStage& it) { it.instruction.clear(); }), HasSubstr("no instruction"));
  EXPECT_THAT(with([](LmStage& it) { it.outputs = {{.name = "text"}}; }),
              HasSubstr("two fields 'text'"));
  EXPECT_THAT(with([](LmStage& it) { it.outputs = {{.name = "a ]] b"}}; }),
              HasSubstr("cannot stand in a prompt"));
  EXPECT_THAT(with([](LmStage& it) { it.outputs = {{.name = "end"}}; }),
              HasSubstr("cannot stand in a prompt"));
  EXPECT_THAT(with([](LmStage& it) { it.outputs[0].shows = "labl"; }),
              HasSubstr("shows 'labl', which is no field of the trainset"));
  EXPECT_THAT(with([](LmStage& it) {
                it.kind = LmStage::Kind::chain_of_thought;
                it.outputs.push_back({.name = "reasoning"});
              }),
              HasSubstr("field 'reasoning' of its own"));
  EXPECT_THAT(problem_of(pipeline_of({sorting_stage(), sorting_stage()})),
              HasSubstr("two stages have the name 'sort'"));
  LmStage retrieving = looking_up();
  retrieving.corpus.clear();
  EXPECT_THAT(problem_of(pipeline_of({retrieving, sorting_stage()})),
              HasSubstr("nothing to retrieve from"));
  LmOptions without_model = pipeline_of({sorting_stage()});
  without_model.model.clear();
  EXPECT_THAT(problem_of(without_model), HasSubstr("has no model"));
}

}  // namespace
}  // namespace foundation::programs
