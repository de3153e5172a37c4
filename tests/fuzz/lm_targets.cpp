// What servers of language models send.
#include "endpoints/detail/verdict.hpp"
#include "programs/detail/lm_answer.hpp"
#include "targets.hpp"

namespace foundation::fuzz {
namespace {

programs::detail::PipelineStage stage_with(programs::LmFormat format) {
  programs::LmStage stage{.name = "s",
                          .kind = programs::LmStage::Kind::chain_of_thought,
                          .inputs = {{.name = "text"}},
                          .outputs = {{.name = "class"}},
                          .instruction = "i",
                          .format = format};
  return programs::detail::resolve({.model = "m", .stages = {stage}}, {"text"}, "class")
      .stages.front();
}

}  // namespace

/// The status by the first byte, the body behind it.
void read_lm_response(Input input) {
  using namespace endpoints::detail;
  if (input.empty()) return;
  HttpResponse response;
  response.status = input[0] == std::byte{'2'} ? 200 : 100 * (static_cast<long>(input[0]) % 8);
  response.body = std::string{text_of(input.subspan(1))};
  const auto verdict = judge(response);
  if (const auto* trouble = std::get_if<Trouble>(&verdict))
    return require(!trouble->message.empty(), "a trouble without a word");
  const auto& completion = std::get<endpoints::Completion>(verdict);
  const auto again = unpack(pack(completion));
  require(again && again->text == completion.text &&
              again->finish_reason == completion.finish_reason &&
              again->usage.prompt_tokens == completion.usage.prompt_tokens,
          "a cached completion is another one");
}

void read_lm_answer(Input input) {
  using namespace programs::detail;
  for (const auto format : {programs::LmFormat::markers, programs::LmFormat::json}) {
    const PipelineStage stage = stage_with(format);
    const ParsedAnswer answer = parse_answer(stage, std::string{text_of(input)});
    const bool usable = answer.problem == AnswerProblem::none;
    require(usable != (answer.values.size() != stage.outputs.size()),
            "an answer with a field too few");
    require(usable || !answer.words.empty(), "a problem without a word");
    for (const std::string& value : answer.values)
      require(!usable || !value.empty(), "an empty field");
  }
}

}  // namespace foundation::fuzz
