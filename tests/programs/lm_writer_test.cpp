// Texts written by the test server.
#include <gmock/gmock.h>

#include "lm_stage.hpp"
#include "programs/program.hpp"
#include "tests/endpoints/server_process.hpp"

namespace foundation::programs {
namespace {

using endpoints::ServerProcess;
using endpoints::TemporaryFolder;
using model::CellStatus;
using model::RequestKind;
using model::TextRequest;
using testing::HasSubstr;

class Writer : public testing::Test {
 protected:
  Writer() {
    data.data.input_names = {"text"};
    data.data.label_name = "class";
    for (const auto& [text, label] :
         {std::pair{"trout in rivers", "fish"}, std::pair{"owls in nests", "bird"}})
      data.data.examples.push_back({.id = text, .inputs = {text}, .label = label, .group = {}});
    data.order[0] = {0, 1};
    options.lm = pipeline_of({sorting_stage()});
    options.lm.client = endpoints::options_for(server.url());
    request.assignment.set("sort_instruction", std::string{"Sort it. Compare the first 4 words."});
  }
  [[nodiscard]] CellOutput write(std::uint32_t sample = 0) const {
    const auto program = make_program(options, data);
    EXPECT_TRUE(program->writes_texts());
    return program->write({.request = &request, .sample = sample}, data);
  }
  /// Different texts among the first few samples.
  [[nodiscard]] std::set<std::string> variety() const {
    std::set<std::string> texts;
    for (std::uint32_t sample = 0; sample < 12; ++sample) texts.insert(write(sample).text);
    return texts;
  }

  ServerProcess server;
  ProgramOptions options{.kind = "lm"};
  SplitDataset data;
  TextRequest request{.parameter = "sort_instruction"};
};

TEST_F(Writer, rewrites_an_instruction) {
  EXPECT_THAT(variety(), testing::UnorderedElementsAre("Sort it. Compare the first 5 words.",
                                                       "Sort it. Compare the first 6 words.",
                                                       "Please be careful and polite. Sort it."));
}

TEST_F(Writer, describes_examples_and_gives_advice) {
  request.kind = RequestKind::describe;
  request.parameter.clear();
  request.examples = {0, 1};
  EXPECT_EQ(write().text, "Each example is a short text. The answers are bird fish.");
  request.kind = RequestKind::advise;
  request.parameter = "sort_instruction";
  EXPECT_EQ(write().text, "Compare the first 5 words.");
}

TEST_F(Writer, writes_the_same_for_the_same_question_whenever_it_is_asked) {
  for (std::uint32_t sample = 0; sample < 4; ++sample)
    EXPECT_EQ(write(sample).text, write(sample).text);
  EXPECT_EQ(server.stats()["distinct"], 4);
  options.seed = 9;
  (void)write(0);
  EXPECT_EQ(server.stats()["distinct"], 5) << "another seed is another question";
}

TEST_F(Writer, asks_nothing_that_the_cache_knows) {
  const TemporaryFolder folder;
  options.lm.client.cache_folder = folder.path();
  (void)write();
  (void)write();
  EXPECT_EQ(server.stats()["requests"], 1);
  (void)write(1);
  EXPECT_EQ(server.stats()["requests"], 2) << "another sample is another question";
}

TEST_F(Writer, says_why_there_is_no_text) {
  options.lm.writer.model = "nearest:plain";
  const CellOutput failed = write();
  EXPECT_EQ(failed.status, CellStatus::invalid_output);
  EXPECT_THAT(failed.text, HasSubstr("writing 'new_instruction': the model's answer cannot be "
                                     "used: no field is marked in it (after 1 repairs)"));
  options.lm.writer.model = "nearest:needs-repair";
  EXPECT_EQ(write().status, CellStatus::ok);
  options.lm.writer.model = "nearest:400";
  EXPECT_EQ(write().status, CellStatus::invalid_output);
  options.lm.writer = {.model = "nearest:length", .max_tokens = 17};
  EXPECT_THAT(write().text, HasSubstr("cut at max_tokens = 17"));
}

TEST_F(Writer, is_part_of_the_identity_where_it_is_asked) {
  const std::string plain = make_program(options, data)->identity();
  options.lm.writer.is_asked = true;
  EXPECT_EQ(make_program(options, data)->identity(), plain + " writer 1");
}

}  // namespace
}  // namespace foundation::programs
