//! Prompts in other languages than English: their sentences are said as they are.

use super::notes::{Notes, Phrase};
use super::words::{OPEN, bare, is_in, plain, sentence};

const ENGLISH: &str = "the a an of and with in to for is are on at from that this it by as how video film show create make introducing about \
    your our their his her its into be will you we they not";
const FOREIGN: &str = "der die das und ein eine einen mit für von ist im den dem des zu auf nicht sich wir sie über wie le la les des une un et avec \
    pour dans du est sur au aux qui que nous vous el los las una y con para de del en por es lo se su il di che per della nel gli sono \
    het een van voor met op zijn niet aan jest na się do nie dla z w o os as um uma com não na no da em och att på för av som är";

/// Orders to explain something.
const EXPLAIN: &str = "erkläre erklärt erklären explique expliquez explica explícame explicar spiega";

/// Whether a text is English, or too short to tell.
pub(super) fn is_english(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    let foreign_letters = letters.clone().filter(|letter| !letter.is_ascii()).count();
    if foreign_letters * 3 > letters.count() {
        return false;
    }
    let count = |list: &str| words.iter().filter(|word| is_in(word, list)).count();
    count(FOREIGN) <= count(ENGLISH)
}

/// `Erstelle ein Video über …`: the order for a film.
pub(super) fn is_foreign_order(words: &[&str]) -> bool {
    // `Erkläre …, wie …`
    if words.first().is_some_and(|word| is_in(&bare(word), EXPLAIN)) && title_of_order(words).is_some() {
        return true;
    }
    let starts = words.iter().take(2).any(|word| {
        is_in(&bare(word), "erstelle erstellen mache produziere drehe crée créez créer faites réalisez produis crea crear haz produce realiza genera \
            maak crie faça gere skapa utwórz stwórz ein eine un une een um")
    });
    let of = words.get(1).is_some_and(|word| is_in(&bare(word), "sur über sobre over om su zu"));
    let is_medium = |word: &str| ["video", "vídeo", "vidéo", "film", "clip"].contains(&word);
    if of && words.first().is_some_and(|word| is_medium(&bare(word))) {
        return true;
    }
    starts
        && words.iter().take(12).any(|word| {
            let word = bare(word);
            ["video", "vídeo", "vidéo", "film", "clip", "spot"]
                .iter()
                .any(|medium| word.ends_with(medium) || word.starts_with(medium))
        })
}

/// A line of colours, cuts and music in another language.
pub(super) fn is_foreign_style(words: &[&str]) -> bool {
    const STYLE: &str = "farben schnitte musik stil ton stimmung tempo untertitel couleurs musique sous-titres ambiance coupes colores música \
        estilo tono ritmo subtítulos colori musica stile kleuren muziek stijl montagem cores estilo kolory muzyka";
    // `Ruhig und klar, in Blau und Orange.`
    const MANNERS: &str = "ruhig klar warm modern elegant schnell freundlich blau grün gelb rot orange weiß schwarz grau violett gold \
        bleu rouge vert jaune azul rojo verde amarillo calme clair tranquilo claro";
    let manners = words.iter().filter(|word| is_in(&bare(word), MANNERS)).count();
    words.len() <= 14 && words.iter().any(|word| is_in(&bare(word), STYLE)) || words.len() <= 8 && manners > 1
}

/// The name or the last words of an order.
pub(super) fn title_of_order(words: &[&str]) -> Option<String> {
    let asked = words.first().filter(|word| is_in(&bare(word), EXPLAIN)).and_then(|_| {
        words.iter().position(|word| {
            is_in(&bare(word), "wie warum wieso weshalb was comment pourquoi cómo por-qué come perché")
        })
    });
    if let Some(asked) = asked {
        let title = plain(&words[asked..].join(" "));
        return Some(super::subject::heading(title.trim_end_matches(['.', '!', '?'])));
    }
    let at = words.iter().position(|word| is_in(&bare(word), "über sur sobre over om o su"))?;
    let rest = plain(&words[at + 1..].join(" "));
    let title: Vec<&str> = rest.split(' ').take(6).collect();
    (!title.is_empty()).then(|| sentence(&title.join(" ")).trim_end_matches(['.', ',']).to_owned())
}

/// `Zeige frisches Brot` as `frisches Brot`.
pub(super) fn without_foreign_verb<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let first = words.first().map(|word| bare(word)).unwrap_or_default();
    let is_verb = is_in(&first, "zeige zeigen montre montrez muestra muestre mostra mostre toon mostrar");
    let skip = usize::from(is_verb && words.len() > 1 && !words[1].starts_with(OPEN));
    words[skip..].to_vec()
}

/// A language by its small words, and how the headings read in it that no prompt brings along: that of the end, and that
/// of pictures without words.
const HEADINGS: [(&str, &str, &str); 7] = [
    ("der die das und ein eine den dem zu auf nicht sich wir sie ist mit für von im", "Zum Schluss", "Eindrücke"),
    ("le la les des une un et avec pour dans du est sur au aux vous nous", "Pour finir", "Impressions"),
    ("el los las una y con para en por es lo su del se", "Para terminar", "Impresiones"),
    ("il di che per della nel gli sono una con lo la è", "Per finire", "Impressioni"),
    ("het een van voor met op zijn niet aan de en dat", "Tot slot", "Indrukken"),
    ("o os as um uma com não no na da em e do para", "Para terminar", "Impressões"),
    ("jest na się do nie dla z w i oraz to", "Na koniec", "Migawki"),
];

/// The heading of the last scene.
pub(super) fn closing(notes: &Notes) -> &'static str {
    headings(notes).map_or("Closing", |(closing, _)| closing)
}

/// The heading of a scene in which nothing is said.
pub(super) fn impressions(notes: &Notes) -> &'static str {
    headings(notes).map_or("Impressions", |(_, impressions)| impressions)
}

fn headings(notes: &Notes) -> Option<(&'static str, &'static str)> {
    if notes.is_english {
        return None;
    }
    let texts = notes.ideas.iter().flat_map(|idea| idea.phrases.iter().map(Phrase::text));
    let words: Vec<String> = texts.flat_map(str::split_whitespace).map(bare).collect();
    let count = |small: &str| words.iter().filter(|word| is_in(word, small)).count();
    let best = HEADINGS.iter().rev().max_by_key(|(small, ..)| count(small))?;
    (count(best.0) > 0).then_some((best.1, best.2))
}

#[cfg(test)]
mod tests {
    use crate::agent::{Brief, Presenter, write};

    #[test]
    fn headings_are_in_the_prompts_language() {
        let last = |prompt: &str| {
            let presenter = Presenter::Chosen;
            let prompt = prompt.to_owned();
            let brief =
                Brief { prompt, presenter, width: 64, height: 36, duration_s: 20, frame_rate: 12, seed: 1, take: 0 };
            write(&brief).scenes.last().map(|scene| scene.heading.clone())
        };
        for (prompt, heading) in [
            ("A film about the fair. There are boats. Children eat apples at the quay.", "Closing"),
            (
                "Erstelle ein Video über das Dorffest. Die Kinder essen Äpfel und wir tanzen auf dem Platz.",
                "Zum Schluss",
            ),
            ("Crée une vidéo sur la fête du village. Les enfants dansent avec nous dans la rue.", "Pour finir"),
        ] {
            assert_eq!(last(prompt).as_deref(), Some(heading));
        }
    }
}
