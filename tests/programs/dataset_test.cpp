#include "programs/dataset.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/log.hpp"

namespace foundation::programs {
namespace {

using testing::HasSubstr;

/// Writes files into the folder of the test and loads them.
class LoadDataset : public testing::Test {
 protected:
  void SetUp() override { core::set_log_level(core::LogLevel::off); }
  void TearDown() override { core::set_log_level(core::LogLevel::info); }

  static std::string write(const std::string& name, std::string_view content) {
    std::string path = testing::TempDir() + "dataset_test_" + name;
    std::ofstream{path, std::ios::binary} << content;
    return path;
  }

  static DatasetOptions options(const std::string& file) {
    DatasetOptions result;
    result.file = file;
    result.inputs = {"text"};
    result.label = "label";
    return result;
  }

  static std::string problem(const DatasetOptions& options) {
    try {
      static_cast<void>(load_dataset(options));
    } catch (const core::Error& error) {
      return describe(error);
    }
    return "none";
  }
};

TEST_F(LoadDataset, fills_examples_from_named_fields) {
  DatasetOptions wanted = options(write("all.csv",
                                        "key,label,text,more,w,family\n"
                                        "k1, yes ,first,1,0.5,f\n"
                                        "k2,no,second,2, 2 ,\n"));
  wanted.inputs = {"more", "text"};
  wanted.id = "key";
  wanted.weight = "w";
  wanted.group = "family";
  const Dataset data = load_dataset(wanted);
  ASSERT_EQ(data.examples.size(), 2U);
  EXPECT_EQ(data.input_names, wanted.inputs);
  EXPECT_EQ(data.label_name, "label");
  const Example& first = data.examples[0];
  EXPECT_EQ(first.id, "k1");
  EXPECT_THAT(first.inputs, testing::ElementsAre("1", "first"));
  EXPECT_EQ(first.label, "yes");
  EXPECT_EQ(first.group, "f");
  EXPECT_EQ(first.weight, 0.5);
  EXPECT_EQ(data.examples[1].weight, 2.0);
  EXPECT_EQ(data.examples[1].group, "");
}

TEST_F(LoadDataset, all_formats_give_the_same_data) {
  const auto csv = load_dataset(options(write("same.csv", "text,label\na,x\n\"b\tc\",y\n")));
  const auto tsv = load_dataset(options(write("same.TSV", "label\ttext\nx\ta\ny\t\"b\tc\"\n")));
  const auto jsonl = load_dataset(options(write(
      "same.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"label\":\"y\",\"text\":\"b\\tc\"}\n")));
  EXPECT_EQ(csv.digest(), tsv.digest());
  EXPECT_EQ(csv.digest(), jsonl.digest());
  EXPECT_EQ(csv.examples[1].id, "2");
  EXPECT_EQ(csv.digest().hex(), load_dataset(options(write("same.csv",
                                                           "text,label\na,x\n"
                                                           "\"b\tc\",y\n")))
                                    .digest()
                                    .hex());
}

TEST_F(LoadDataset, digest_covers_every_part_of_an_example) {
  const Dataset data{.input_names = {"t"},
                     .label_name = "l",
                     .examples = {{.id = "1", .inputs = {"a"}, .label = "x", .group = "g"}}};
  const auto digest = data.digest();
  const auto differs = [&](auto change) {
    Dataset other = data;
    change(other);
    return other.digest() != digest;
  };
  EXPECT_TRUE(differs([](Dataset& d) { d.input_names[0] = "u"; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.label_name = "m"; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples[0].id = "2"; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples[0].inputs[0] = "b"; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples[0].label = "y"; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples[0].group = ""; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples[0].weight = 2; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.examples.push_back(d.examples[0]); }));
  EXPECT_FALSE(differs([](Dataset& d) { d.skipped_lines = 3; }));
}

TEST_F(LoadDataset, one_field_may_play_several_parts) {
  DatasetOptions wanted = options(write("parts.jsonl", R"({"text": "a", "label": "x"})"));
  wanted.id = "text";
  wanted.group = "label";
  const Dataset data = load_dataset(wanted);
  EXPECT_EQ(data.examples[0].id, "a");
  EXPECT_EQ(data.examples[0].group, "x");
  EXPECT_EQ(data.examples[0].inputs[0], "a");
}

TEST_F(LoadDataset, an_unlabelled_trainset_is_allowed) {
  DatasetOptions wanted = options(write("unlabelled.csv", "text\nonly\n"));
  wanted.label.clear();
  EXPECT_EQ(load_dataset(wanted).examples[0].label, "");
}

TEST_F(LoadDataset, refuses_files_it_cannot_use) {
  EXPECT_THAT(problem(options("/no/such/file.csv")), HasSubstr("the trainset does not exist"));
  std::filesystem::create_directories(testing::TempDir() + "folder.csv");
  EXPECT_THAT(problem(options(testing::TempDir() + "folder.csv")), HasSubstr("not a regular"));
  EXPECT_THAT(problem(options("trainset.xlsx")), HasSubstr("cannot tell the format"));
  EXPECT_THAT(problem(options(write("empty.jsonl", ""))), HasSubstr("holds no examples"));
  EXPECT_THAT(problem(options(write("blank.jsonl", "\n\n"))), HasSubstr("holds no examples"));
  EXPECT_THAT(problem(options(write("header.csv", "text,label\n"))), HasSubstr("no examples"));
}

TEST_F(LoadDataset, refuses_options_that_make_no_sense) {
  DatasetOptions wanted = options(write("options.csv", "text,label\na,x\n"));
  wanted.inputs = {};
  EXPECT_THAT(problem(wanted), HasSubstr("names no input field"));
  wanted.inputs = {"text", "label"};
  EXPECT_THAT(problem(wanted), HasSubstr("both an input and the label"));
  wanted.inputs = {"text", "text"};
  EXPECT_THAT(problem(wanted), HasSubstr("named twice"));
  wanted.inputs = {""};
  EXPECT_THAT(problem(wanted), HasSubstr("empty name"));
}

TEST_F(LoadDataset, names_place_and_reason_of_a_bad_value) {
  DatasetOptions wanted = options(write("weights.csv", "text,label,w\na,x,1\nb,y,-1\n"));
  wanted.weight = "w";
  EXPECT_EQ(problem(wanted),
            "error: the weight '-1' is no positive finite number\n"
            "  --> " +
                wanted.file +
                ":3:5\n"
                "    3 | b,y,-1\n"
                "      |     ^");
  for (const std::string bad : {"", "0", "nan", "inf", "1e999", "heavy"}) {
    wanted.file = write("weight.csv", "text,label,w\na,x," + bad + "\n");
    EXPECT_THAT(problem(wanted), HasSubstr("no positive finite number")) << bad;
  }
  wanted = options(write("ids.csv", "text,label\na,x\na,y\n"));
  wanted.id = "text";
  EXPECT_THAT(problem(wanted), HasSubstr("the id 'a' was given before"));
  EXPECT_THAT(problem(options(write("label.csv", "text,label\na, \n"))), HasSubstr("is empty"));
  EXPECT_THAT(problem(options(write("near.csv", "text,labels\na,x\n"))),
              HasSubstr("did you mean 'labels'?"));
}

TEST_F(LoadDataset, skips_bad_lines_on_request) {
  DatasetOptions wanted =
      options(write("skip.csv", "text,label,w\na,x,1\nb,,1\nc,z,0\nd\ne,v,1\n"));
  wanted.weight = "w";
  wanted.skip_bad_lines = true;
  const Dataset data = load_dataset(wanted);
  ASSERT_EQ(data.examples.size(), 2U);
  EXPECT_EQ(data.skipped_lines, 3U);
  EXPECT_EQ(data.examples[1].id, "5");  // ids do not depend on what is skipped

  wanted.file = write("skip_all.csv", "text,label,w\na,x,0\nb,y,0\n");
  EXPECT_THAT(problem(wanted), HasSubstr("all 2 records of the trainset are bad; the first: the "
                                         "weight '0'"));
}

}  // namespace
}  // namespace foundation::programs
