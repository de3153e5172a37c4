#include "model/text_request.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "core/codec.hpp"
#include "model/text_request_serialize.hpp"

namespace foundation::model {
namespace {

TextRequest some_request() {
  TextRequest request{.parameter = "sort_instruction"};
  request.assignment.set("sort_instruction", std::string{"Sort it."});
  request.attempts = {{"Sort.", 0.25}, {"Sort it.", 0.5}};
  request.observations = {{.position = 7, .status = CellStatus::wrong, .score = 0, .output = "a"},
                          {.position = 9, .status = CellStatus::ok, .score = 1, .output = "b"}};
  request.examples = {3, 4};
  request.notes = "They are short.";
  request.tip = "Be brief.";
  return request;
}

TEST(TextRequest, is_another_one_with_any_other_content) {
  std::vector<TextRequest> all(17, some_request());
  all[1].kind = RequestKind::advise;
  all[2].parameter = "other";
  all[3].assignment.set("sort_instruction", std::string{"Sort them."});
  all[4].attempts[0].text = "S";
  all[5].attempts[1].score = 0.25;
  all[6].attempts.pop_back();
  all[7].observations[0].position = 8;
  all[8].observations[0].status = CellStatus::timeout;
  all[9].observations[0].score = 0.5;
  all[10].observations[0].output = "";
  all[11].observations.pop_back();
  all[12].examples = {4, 3};
  all[13].examples.clear();
  all[14].notes += " ";
  all[15].tip.clear();
  all[16].notes.swap(all[16].tip);
  std::set<core::Digest> digests;
  for (const TextRequest& request : all) digests.insert(digest(request));
  EXPECT_EQ(digests.size(), all.size());
  EXPECT_EQ(digest(some_request()), digest(some_request()));
}

TEST(TextRequest, travels_whole) {
  const NumberedRequest sent{5, some_request()};
  core::Encoder encoder;
  encoder << sent;
  core::Decoder decoder{encoder.bytes()};
  NumberedRequest back;
  decoder >> back;
  decoder.finish();
  EXPECT_EQ(back, sent);
}

TEST(TextRequest, of_an_unknown_kind_is_refused) {
  TextRequest strange = some_request();
  strange.kind = static_cast<RequestKind>(3);
  core::Encoder encoder;
  EXPECT_THROW(encoder << strange, core::Error);
  EXPECT_EQ(name_of(strange.kind), "unknown");
  EXPECT_EQ(name_of(RequestKind::describe), "describe");
}

}  // namespace
}  // namespace foundation::model
