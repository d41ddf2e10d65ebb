import numpy as np

from embedding_service import hashing


def vector(text):
    return hashing.embed(hashing.words(text), 384)


def test_the_same_text_has_the_same_vector_in_every_process():
    assert np.flatnonzero(vector("jazz")).tolist() == [83, 124, 142, 286, 357]
    assert vector("jazz in the park").tobytes() == vector("Jazz, in the PARK!").tobytes()


def test_vectors_have_length_one_even_without_a_word():
    for text in ["", "...", "jazz", "a b c", "日本語 の テキスト"]:
        assert abs(np.linalg.norm(vector(text)) - 1) < 1e-5


def test_shared_words_bring_texts_together_and_related_forms_a_little():
    query = vector("live jazz music")
    same_topic = query @ vector("an evening of jazz music")
    related = vector("museum") @ vector("museums")
    unrelated = query @ vector("pottery workshop for beginners")
    assert same_topic > 0.4
    assert related > 0.2
    assert abs(unrelated) < 0.2
