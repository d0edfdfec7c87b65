//! Whole films, read back by a walk of their own over boxes and elements.

use super::script::Script;
use super::{
    Brief, Container, Painted, Presenter, Production, RenderError, SegmentCache, Tools, portrait, rehearse, write,
};

const PROMPT: &str = "A calm tour of a teal lighthouse. Boats pass in the fog. At night the lamp turns!";

/// A film that is cheap, and silent for it.
#[derive(Clone)]
struct Wish {
    brief: Brief,
    container: Container,
    quality: u8,
}

fn wish(container: Container) -> Wish {
    let brief = Brief {
        prompt: PROMPT.to_owned(),
        presenter: Presenter::Avatar("Ava".to_owned()),
        width: 160,
        height: 90,
        duration_s: 5,
        frame_rate: 8,
        seed: 1,
        take: 0,
    };
    Wish { brief, container, quality: 95 }
}

impl Wish {
    fn with(mut self, change: impl FnOnce(&mut Brief)) -> Self {
        change(&mut self.brief);
        self
    }

    fn make(
        &self,
        script: &Script,
        cache: &SegmentCache,
        watch: &mut dyn FnMut(&Painted<'_>),
    ) -> Result<Production, RenderError> {
        rehearse(&self.brief, script, &Tools::NONE)?.film((self.container, self.quality), cache, watch)
    }

    fn made(&self, watch: &mut dyn FnMut(&Painted<'_>)) -> Result<Production, RenderError> {
        self.make(&write(&self.brief), &SegmentCache::of_bytes(0), watch)
    }
}

fn film(wish: &Wish) -> Vec<u8> {
    wish.made(&mut |_| ()).expect("the wish is within its bounds").file
}

pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The boxes directly inside `bytes`, which they fill to the last byte.
pub(super) fn boxes(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = usize::try_from(number(&bytes[..4])).expect("a 32-bit length");
        found.push((&bytes[4..8], &bytes[8..length]));
        bytes = &bytes[length..];
    }
    found
}

pub(super) fn inside<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    path.iter().fold(bytes, |bytes, name| {
        boxes(bytes).into_iter().find(|(found, _)| found == name).expect("the box is there").1
    })
}

/// The elements directly inside `bytes`, which they fill to the last byte.
pub(super) fn elements(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let id_length = bytes[0].leading_zeros() as usize + 1;
        let (id, rest) = bytes.split_at(id_length);
        let size_length = rest[0].leading_zeros() as usize + 1;
        let size = number(&rest[..size_length]) & ((1 << (7 * size_length)) - 1);
        let end = size_length + usize::try_from(size).expect("a small file");
        found.push((number(id), &rest[size_length..end]));
        bytes = &rest[end..];
    }
    found
}

pub(super) fn child<'a>(bytes: &'a [u8], path: &[u64]) -> &'a [u8] {
    path.iter().fold(bytes, |bytes, id| {
        elements(bytes).into_iter().find(|(found, _)| found == id).expect("the element is there").1
    })
}

#[test]
fn mp4_and_mov_have_their_index_first_and_state_size_length_and_every_frame() {
    for (container, brand) in [(Container::Mp4, b"isom"), (Container::Mov, b"qt  ")] {
        let file = film(&wish(container));
        let names: Vec<&[u8]> = boxes(&file).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [b"ftyp", b"moov", b"mdat"]);
        assert_eq!(&inside(&file, &[b"ftyp"])[..4], brand);
        let mvhd = inside(&file, &[b"moov", b"mvhd"]);
        assert_eq!((number(&mvhd[12..16]), number(&mvhd[16..20])), (1000, 5000));
        let tkhd = inside(&file, &[b"moov", b"trak", b"tkhd"]);
        assert_eq!((number(&tkhd[76..78]), number(&tkhd[80..82])), (160, 90));
        let mdhd = inside(&file, &[b"moov", b"trak", b"mdia", b"mdhd"]);
        assert_eq!(number(&mdhd[16..20]), 5 * number(&mdhd[12..16]));

        let stbl = inside(&file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl"]);
        let sizes = inside(stbl, &[b"stsz"]);
        assert_eq!(number(&sizes[8..12]), 40);
        let total: u64 = sizes[12..].chunks(4).map(number).sum();
        assert_eq!(total, inside(&file, &[b"mdat"]).len() as u64);
        let first = usize::try_from(number(&inside(stbl, &[b"stco"])[8..12])).expect("an offset in the file");
        assert_eq!(&file[first - 4..first], b"mdat");
        let keys: Vec<u64> = inside(stbl, &[b"stss"])[8..].chunks(4).map(number).collect();
        assert_eq!(keys[0], 1);
        assert!(keys.windows(2).all(|pair| pair[1] - pair[0] <= 16), "keyframes {keys:?} at most 2 s apart");
    }
}

#[test]
fn webm_has_known_lengths_a_duration_and_cues_that_point_at_keyframes() {
    let file = film(&wish(Container::Webm).with(|brief| (brief.width, brief.height) = (161, 91)));
    assert_eq!(child(&file, &[0x1a45_dfa3, 0x4282]), b"webm");
    let segment = child(&file, &[0x1853_8067]);
    let duration: [u8; 8] = child(segment, &[0x1549_a966, 0x4489]).try_into().expect("eight bytes");
    assert_eq!(f64::from_be_bytes(duration).to_bits(), 5000.0_f64.to_bits());
    let video = child(segment, &[0x1654_ae6b, 0xae, 0xe0]);
    assert_eq!((number(child(video, &[0xb0])), number(child(video, &[0xba]))), (161, 91));

    let clusters: Vec<&[u8]> =
        elements(segment).iter().filter(|(id, _)| *id == 0x1f43_b675).map(|found| found.1).collect();
    let blocks: Vec<&[u8]> = clusters
        .iter()
        .flat_map(|cluster| elements(cluster))
        .filter(|(id, _)| *id == 0xa3)
        .map(|found| found.1)
        .collect();
    assert_eq!(blocks.len(), 40);
    for cluster in &clusters {
        assert_eq!(elements(cluster)[1].1[3], 0x80, "a cluster begins with a keyframe");
    }
    let cues = elements(child(segment, &[0x1c53_bb6b]));
    assert_eq!(cues.len(), clusters.len());
    for (_, cue) in cues {
        let at = usize::try_from(number(child(cue, &[0xb7, 0xf1]))).expect("a place in the file");
        assert_eq!(segment[at..at + 4], [0x1f, 0x43, 0xb6, 0x75]);
    }
}

#[test]
fn the_same_brief_gives_the_same_bytes_and_another_take_another_film() {
    for container in [Container::Mp4, Container::Webm] {
        let first = wish(container).with(|brief| brief.duration_s = 2);
        let other = first.clone().with(|brief| brief.take = 1);
        assert_eq!(film(&first), film(&first));
        assert_ne!(film(&first), film(&other));
    }
}

#[test]
fn a_higher_quality_costs_more_bytes() {
    for container in [Container::Mp4, Container::Webm] {
        let of = |quality| film(&Wish { quality, ..wish(container).with(|brief| brief.duration_s = 2) }).len();
        let sizes = [20, 60, 99].map(of);
        assert!(sizes.is_sorted_by(|less, more| less * 5 < more * 4), "{container:?}: {sizes:?}");
    }
}

#[test]
fn frames_decode_to_the_asked_size_and_keep_changing() {
    let film = film(&wish(Container::Mp4).with(|brief| (brief.width, brief.height) = (214, 120)));
    let stream = annex_b(&film);
    let frames = rusty_h264::Decoder::new().decode_stream(&stream).expect("the stream decodes");
    assert_eq!(frames.len(), 40);
    assert!(frames.iter().all(|frame| (frame.width, frame.height) == (214, 120)));
    let moved = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > 24).count();
    for pair in frames.windows(4) {
        assert!(moved(&pair[0].y, &pair[3].y) > 20, "something moves within three frames");
    }
    let (first, last) = (&frames[0].y, &frames[39].y);
    assert!(moved(first, last) > first.len() / 10, "the last scene is not the first");
    let spread = first.iter().max().zip(first.iter().min()).expect("pixels");
    assert!(spread.0 - spread.1 > 120, "the first frame already shows its title");
}

/// The film's one track as a byte stream with start codes and parameter sets.
fn annex_b(film: &[u8]) -> Vec<u8> {
    let stsd = inside(film, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"]);
    let avc_c = inside(&stsd[8 + 86..], &[b"avcC"]);
    let sequence = 8 + usize::from(avc_c[7]);
    let picture = &avc_c[sequence + 3..avc_c.len() - 4];
    let mut stream = [&[0, 0, 0, 1], &avc_c[8..sequence], &[0, 0, 0, 1], picture].concat();
    let mut rest = inside(film, &[b"mdat"]);
    while !rest.is_empty() {
        let end = 4 + usize::try_from(number(&rest[..4])).expect("a NAL unit's length");
        stream.extend([0, 0, 0, 1]);
        stream.extend(&rest[4..end]);
        rest = &rest[end..];
    }
    stream
}

#[test]
fn progress_rises_to_one() {
    let mut seen = Vec::new();
    let short = wish(Container::Mp4).with(|brief| brief.duration_s = 1);
    short.made(&mut |frame| seen.push(frame.share)).expect("within its bounds");
    assert_eq!(seen.len(), 8);
    assert!(seen.is_sorted() && seen.last().is_some_and(|share| (share - 1.0).abs() < f32::EPSILON), "{seen:?}");
}

#[test]
fn what_cannot_be_rendered_is_refused_by_name() {
    let refusal = |wish: Wish| wish.made(&mut |_| ()).expect_err("must be refused").to_string();
    let with = |change: fn(&mut Brief)| wish(Container::Mp4).with(change);
    assert_eq!(refusal(with(|brief| brief.width = 16)), "width is 16, but must be from 32 to 4096");
    assert!(refusal(with(|brief| brief.duration_s = 0)).starts_with("duration is 0"));
    assert!(refusal(with(|brief| brief.frame_rate = 61)).starts_with("frame rate is 61"));
    assert!(refusal(Wish { quality: 100, ..wish(Container::Mp4) }).starts_with("quality is 100"));
    let odd = with(|brief| brief.height = 91).made(&mut |_| ());
    assert!(matches!(odd, Err(RenderError::OddSize { width: 160, height: 91 })), "{odd:?}");
    let longer = write(&with(|brief| brief.duration_s = 6).brief);
    let refused = wish(Container::Mp4).make(&longer, &SegmentCache::of_bytes(0), &mut |_| ());
    assert!(refused.is_err_and(|why| why.to_string().contains("48 frames")));
}

#[test]
fn awkward_prompts_names_and_sizes_render() {
    let unbroken = "x".repeat(10_000);
    for prompt in ["", " \n\t ", "…", "短いプロンプト 🎬", unbroken.as_str(), "a,b. ".repeat(2000).as_str()]
    {
        for (width, height) in [(32, 32), (34, 250), (250, 34)] {
            let presenter = match prompt.len() % 3 {
                0 => Presenter::Avatar(prompt.to_owned()),
                1 => Presenter::Image(portrait(7, 16)),
                _ => Presenter::Chosen,
            };
            let prompt = prompt.to_owned();
            let brief = Brief { prompt, presenter, width, height, duration_s: 1, frame_rate: 3, seed: 1, take: 0 };
            let tiny = Wish { brief, ..wish(Container::Mp4) };
            assert!(!film(&tiny).is_empty());
        }
    }
    let slow = wish(Container::Mp4).with(|brief| (brief.frame_rate, brief.duration_s) = (1, 300));
    assert!(!film(&slow).is_empty());
}

#[test]
fn portraits_have_the_asked_size_and_differ_by_seed() {
    let first = portrait(1, 65);
    assert_eq!(first.dimensions(), (65, 65));
    assert_eq!(first, portrait(1, 65));
    assert_ne!(first, portrait(2, 65));
}

#[test]
fn a_frame_tells_the_words_that_it_shows() {
    let mut texts = Vec::new();
    let film = wish(Container::Mp4).with(|brief| brief.duration_s = 10);
    film.made(&mut |frame| texts.push((frame.is_key, frame.text()))).expect("within its bounds");
    assert!(texts[0].0, "the first frame is a key frame");
    let with = |word: &str| -> Vec<usize> { (0..texts.len()).filter(|at| texts[*at].1.contains(word)).collect() };
    let (title, boats, lamp) = (with("ighthouse"), with("oats"), with("lamp"));
    assert!(!title.is_empty() && !boats.is_empty() && !lamp.is_empty(), "{texts:?}");
    assert!(title[0] < boats[0] && boats[0] < lamp[0], "in the order of the prompt: {title:?} {boats:?} {lamp:?}");
    assert!(lamp.len() < texts.len() / 2, "and not for ever: {lamp:?}");
}

#[test]
fn an_edited_script_costs_only_the_scenes_that_changed() {
    let (film, cache) = (wish(Container::Mp4).with(|brief| brief.duration_s = 20), SegmentCache::of_bytes(1 << 24));
    let script = write(&film.brief);
    let made =
        |script: &Script, cache: &SegmentCache| film.make(script, cache, &mut |_| ()).expect("within its bounds");
    let all: Vec<usize> = (0..script.scenes.len()).collect();
    assert!(all.len() > 2, "{script:?}");
    let first = made(&script, &cache);
    assert_eq!(first.drawn, all);
    let again = made(&script, &cache);
    assert!(again.drawn.is_empty() && again.file == first.file);

    let mut edited = script.clone();
    let last = all.len() - 1;
    edited.scenes[last].shots.last_mut().expect("a shot").on_screen = vec!["Bring a torch".to_owned()];
    let third = made(&edited, &cache);
    assert_eq!(third.drawn, [last], "nothing comes after the last scene");
    assert_ne!(third.file, first.file);
    assert!(third.file == made(&edited, &SegmentCache::of_bytes(0)).file, "what was kept is what would be drawn");

    let mut edited = script.clone();
    edited.palette.reverse();
    assert_eq!(made(&edited, &cache).drawn, all, "colours are everywhere");
    assert_eq!(made(&script, &SegmentCache::of_bytes(1)).drawn, all, "what is too large is not kept");
}
